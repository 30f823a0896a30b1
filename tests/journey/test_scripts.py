"""What a script's end means, and which scripts may run."""

import json
from pathlib import Path
from typing import Any

import pytest

from recado.observe.signals import Name
from tests.helpers.api import Api, a_document

QUICK = {"ordering": "none", "base_delay": 0.02, "max_delay": 0.05, "max_attempts": 3}


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    return tmp_path / "scripts"


async def run_once(api: Api, scripts: Path, source: str) -> dict[str, Any]:
    (scripts / "act.py").write_text(source)
    trigger = await api.a_trigger(action_payload="act.py", settings=QUICK)
    await api.call(
        "POST",
        trigger["hook_url"],
        {"event": "Message", "instanceId": "i", "data": {"n": 1}},
        role=None,
    )
    await api.happenings.until(Name.TRIGGER_EXECUTE)
    return await the_execution(api)


async def the_execution(api: Api) -> dict[str, Any]:
    [one] = (await api.get("/api/executions"))["executions"]
    found: dict[str, Any] = await api.get(f"/api/executions/{one['id']}")
    return found


async def test_a_script_gets_the_event_and_its_names(api: Api, scripts: Path) -> None:
    seen = scripts / "seen.json"
    source = (
        "import json, os, sys\n"
        "wanted = ('RECADO_EXECUTION_ID', 'RECADO_ATTEMPT', 'RECADO_IDEMPOTENCY_KEY')\n"
        "json.dump({'event': json.load(sys.stdin),"
        " 'env': {name: os.environ.get(name) for name in wanted}},"
        f" open({str(seen)!r}, 'w'))\n"
        "print('did it')\n"
    )

    execution = await run_once(api, scripts, source)

    got = json.loads(seen.read_text())
    assert execution["status"] == "completed"
    assert execution["result_summary"] == "did it"
    assert got["event"]["data"] == {"n": 1}
    assert got["env"] == {
        "RECADO_EXECUTION_ID": "1",
        "RECADO_ATTEMPT": "1",
        "RECADO_IDEMPOTENCY_KEY": execution["idempotency_key"],
    }


async def test_exit_75_is_retried_on_schedule_until_the_attempts_are_spent(
    api: Api, scripts: Path
) -> None:
    await run_once(api, scripts, "raise SystemExit(75)")
    await api.happenings.until(Name.TRIGGER_DEAD_LETTER)

    execution = await the_execution(api)
    assert (execution["status"], execution["error_category"]) == (
        "failed_retryable",
        "transient",
    )
    assert [attempt["number"] for attempt in execution["attempts"]] == [1, 2, 3]


async def test_a_value_error_is_permanent_after_one_attempt(
    api: Api, scripts: Path
) -> None:
    execution = await run_once(api, scripts, "raise ValueError('no such order')")

    assert (execution["status"], execution["error_category"]) == (
        "failed",
        "permanent",
    )
    assert execution["attempt_count"] == 1
    assert "no such order" in execution["attempts"][0]["output"]


@pytest.mark.parametrize("name", ["../x.py", "/bin/true", "link.py", "none.py"])
async def test_a_script_outside_the_folder_is_refused_when_it_is_saved(
    api: Api, scripts: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "x.py").write_text("print('outside')")
    (scripts / "link.py").symlink_to(tmp_path / "x.py")

    reply = await api.call("POST", "/api/triggers", a_document(action_payload=name))

    assert reply.status == 400
    assert [problem["field"] for problem in reply.body["problems"]] == [
        "action_payload"
    ]


async def test_a_script_that_became_a_link_is_refused_when_it_runs(
    api: Api, scripts: Path, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    (tmp_path / "x.py").write_text(f"open({str(ran)!r}, 'w')")
    (scripts / "act.py").write_text("print('inside')")
    trigger = await api.a_trigger(action_payload="act.py", settings=QUICK)
    (scripts / "act.py").unlink()
    (scripts / "act.py").symlink_to(tmp_path / "x.py")

    await api.call("POST", trigger["hook_url"], {"event": "Message"}, role=None)
    await api.happenings.until(Name.TRIGGER_EXECUTE)

    execution = await the_execution(api)
    assert (execution["status"], execution["error_category"]) == ("failed", "config")
    assert not ran.exists()
