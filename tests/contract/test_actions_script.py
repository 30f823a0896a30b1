"""Scripts and the agent program, as real processes, on both event loops."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from textwrap import dedent

import psutil
import pytest

from recado import wire
from recado.execution.actions.agent import AgentAction
from recado.execution.actions.script import ScriptAction
from recado.execution.classify import classify
from recado.model.category import Category
from recado.model.outcome import Outcome
from recado.model.trigger import ActionType
from tests.helpers.actions import (
    ENVIRONMENT,
    EVENT,
    a_claimed,
    a_trigger,
    failed,
    succeeded,
)

GRACE = 0.2  # for what does not heed a stop
WITHIN = 30.0
LARGE_EVENT = {"text": "x" * 3_000_000}


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    return ("asyncio", {"use_uvloop": request.param})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    return scripts


def script_action(
    folder: Path | None, *, grace: float = GRACE, **environment: str
) -> ScriptAction:
    return ScriptAction(
        folder=folder, environment=ENVIRONMENT | environment, grace=grace
    )


async def run_python(
    folder: Path,
    code: str,
    event: dict[str, str] | None = None,
    *,
    grace: float = GRACE,
) -> Outcome:
    (folder / "it.py").write_text(dedent(code))
    trigger = a_trigger(ActionType.SCRIPT, "it.py")
    action = script_action(folder, grace=grace)
    return await action.run(a_claimed(event=event), trigger)


def is_gone(pid: int) -> bool:
    """Whether a process ended; waits for the kernel to notice, with a deadline."""
    for _ in range(600):
        try:
            process = psutil.Process(pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
            process.wait(timeout=0.05)
        except psutil.NoSuchProcess:
            return True
        except psutil.TimeoutExpired:
            continue
    return False


async def test_a_script_gets_the_event_and_knows_who_runs_it(folder: Path) -> None:
    (folder / "it.py").write_text(
        "import json, os, sys\n"
        "names = [n for n in os.environ if n.startswith('RECADO_')]\n"
        "print(json.dumps([json.load(sys.stdin), {n: os.environ[n] for n in names}]))"
    )
    action = script_action(folder, RECADO_SECRET_KEY="hidden")
    claimed = a_claimed(id=9, root=7, attempt=2)

    outcome = await action.run(claimed, a_trigger(ActionType.SCRIPT, "it.py"))

    assert wire.decode(succeeded(outcome).output) == [
        EVENT,
        {
            "RECADO_ATTEMPT": "2",
            "RECADO_EXECUTION_ID": "9",
            "RECADO_IDEMPOTENCY_KEY": "wamid-1",
            "RECADO_ROOT_EXECUTION_ID": "7",
            "RECADO_TRIGGER_ID": "3",
        },
    ]


@pytest.mark.parametrize(
    ("key", "shown"), [(None, "execution-7"), ("a\0b", "a\ufffdb")]
)
async def test_every_execution_has_a_key_that_a_program_can_read(
    folder: Path, key: str | None, shown: str
) -> None:
    (folder / "it.py").write_text(
        "import os; print(os.environ['RECADO_IDEMPOTENCY_KEY'])"
    )
    claimed = a_claimed(id=9, root=7, key=key)

    outcome = await script_action(folder).run(
        claimed, a_trigger(ActionType.SCRIPT, "it.py")
    )

    assert succeeded(outcome).summary == shown


async def test_the_summary_is_the_last_line_that_says_something(folder: Path) -> None:
    outcome = succeeded(await run_python(folder, "print('one\\n' + 'x' * 600 + '\\n')"))

    assert outcome.summary == "x" * 500
    assert outcome.output.startswith("one\n")


async def test_an_executable_file_is_started_as_it_is(folder: Path) -> None:
    path = folder / "it.sh"
    path.write_text("#!/bin/sh\npwd; cat >/dev/null\n")
    path.chmod(0o755)

    outcome = await script_action(folder).run(
        a_claimed(), a_trigger(ActionType.SCRIPT, "it.sh")
    )

    assert succeeded(outcome).summary == str(folder)


async def test_a_program_that_cannot_be_started_is_a_matter_of_configuration(
    folder: Path,
) -> None:
    path = folder / "it"
    path.write_text("#!/no/such/interpreter\n")
    path.chmod(0o755)

    outcome = await script_action(folder).run(
        a_claimed(), a_trigger(ActionType.SCRIPT, "it")
    )

    assert failed(outcome).category is Category.CONFIG


@pytest.mark.parametrize(
    "name",
    [
        "../x.py",
        "sub/../../x.py",
        "link.py",
        "linked/x.py",
        "ring.py",
        "missing.py",
        "sub",
        "plain.txt",
        "n" * 300,
        "a\0.py",
        " ",
        "",
        7,
        None,
    ],
)
async def test_only_a_startable_file_inside_the_folder_is_accepted_or_run(
    folder: Path, name: object
) -> None:
    (folder.parent / "x.py").write_text("print('outside')")
    (folder / "link.py").symlink_to("../x.py")
    (folder / "linked").symlink_to("..")
    (folder / "ring.py").symlink_to("ring.py")
    (folder / "sub").mkdir()
    (folder / "plain.txt").write_text("text")
    action = script_action(folder)

    outcome = await action.run(a_claimed(), a_trigger(ActionType.SCRIPT, name))

    assert len(action.problems(name)) == 1
    assert failed(outcome).category is Category.CONFIG


async def test_an_absolute_path_is_refused_even_into_the_folder(folder: Path) -> None:
    (folder / "x.py").write_text("print('inside')")
    path = str(folder / "x.py")
    action = script_action(folder)

    outcome = await action.run(a_claimed(), a_trigger(ActionType.SCRIPT, path))

    assert "not inside RECADO_SCRIPTS_DIR" in action.problems(path)[0]
    assert failed(outcome).category is Category.CONFIG


async def test_a_link_and_a_folder_that_stay_inside_are_fine(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "x.py").write_text("")
    (folder / "link.py").symlink_to("sub/x.py")
    action = script_action(folder)

    assert action.problems("sub/x.py") == []
    assert action.problems("link.py") == []
    assert action.destination(a_trigger(ActionType.SCRIPT, "link.py")) is None


async def test_without_a_scripts_folder_the_operator_is_told_what_to_set() -> None:
    assert "set RECADO_SCRIPTS_DIR" in script_action(None).problems("x.py")[0]


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("raise SystemExit(75)", "transient"),
        ("raise SystemExit(78)", "config"),
        ("int('x')", "permanent"),
        ("import sys; sys.exit('ValueError')", "permanent"),
        ("import no_such_module", "config"),
        ("raise ConnectionError('gone')", "transient"),
        ("import os; os.kill(os.getpid(), 9)", "transient"),
        ("import os; os.kill(os.getpid(), 11)", "unknown"),
        ("import sys; print('hm', file=sys.stderr); sys.exit(1)", "unknown"),
    ],
)
async def test_how_a_script_ends_decides_the_category(
    folder: Path, code: str, category: str
) -> None:
    assert classify(failed(await run_python(folder, code))).value == category


async def test_a_failure_says_how_it_ended_and_what_it_said_last(folder: Path) -> None:
    outcome = failed(await run_python(folder, "print('out'); int('x')"))

    assert outcome.error == (
        "exit 1: ValueError: invalid literal for int() with base 10: 'x'"
    )
    assert outcome.exception == "ValueError"
    assert outcome.output.startswith("out\n[stderr]\nTraceback")


async def test_a_large_output_keeps_its_beginning_and_its_end(folder: Path) -> None:
    code = "print('first'); print('x' * 5_000_000); print('last')"

    output = succeeded(await run_python(folder, code)).output

    assert output.startswith("first\nxxx")
    assert output.endswith("xxx\nlast\n")
    assert "… 4967244 bytes left out …" in output
    assert len(output) < 64 * 1024


async def test_output_that_is_not_text_is_kept_as_far_as_it_is(folder: Path) -> None:
    code = "import sys; sys.stdout.buffer.write(b'a\\xff\\n')"

    assert succeeded(await run_python(folder, code)).summary == "a\ufffd"


async def test_a_script_need_not_read_its_input(folder: Path) -> None:
    code = "import os; os.close(0); print('done')"

    outcome = await run_python(folder, code, LARGE_EVENT)

    assert succeeded(outcome).summary == "done"


# The grandchild is deaf to SIGTERM from its first moment; opening the FIFO waits for
# the test to listen.
# What is read from stdin comes when the start is over, so that nothing breaks that off.
READ = "sys.stdin.read()"
FORKING = """
    import signal, subprocess, sys
    {before}
    child = subprocess.Popen(
        ["tail", "-f", "/dev/null"],
        preexec_fn=lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN),
        {options}
    )
    open("tell", "w").write(str(child.pid))
    {after}
"""


async def start_and_listen(
    folder: Path,
    code: str,
    event: dict[str, str] | None = None,
    *,
    grace: float = GRACE,
) -> tuple[asyncio.Task[Outcome], str]:
    """Start a script that writes to the FIFO ``tell``; return what it wrote."""
    os.mkfifo(folder / "tell")
    running = asyncio.create_task(run_python(folder, code, event, grace=grace))
    return running, await asyncio.to_thread((folder / "tell").read_text)


async def test_at_the_time_limit_a_deaf_grandchild_ends_too(folder: Path) -> None:
    code = FORKING.format(before=READ, options="", after="signal.pause()")
    running, pid = await start_and_listen(folder, code)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert is_gone(int(pid))


async def test_what_a_script_leaves_behind_ends_with_it(folder: Path) -> None:
    code = FORKING.format(before=READ, options="", after="print('done')")
    running, pid = await start_and_listen(folder, code)

    outcome = await running  # though the grandchild holds the output open

    assert succeeded(outcome).summary == "done"
    assert is_gone(int(pid))


async def test_a_process_that_left_the_group_does_not_hold_us_up(folder: Path) -> None:
    code = FORKING.format(
        before="", options="start_new_session=True", after="print('done')"
    )
    running, pid = await start_and_listen(folder, code, LARGE_EVENT)

    outcome = await running

    assert succeeded(outcome).summary == "done"
    os.kill(int(pid), signal.SIGKILL)


async def test_a_hanging_script_ends_at_the_time_limit_and_its_output_is_kept(
    folder: Path,
) -> None:
    code = """
        import signal, sys
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("asked to stop"))
        print("started")
        sys.stdin.read()
        open("tell", "w").close()
        signal.pause()
    """
    running, _ = await start_and_listen(folder, code, grace=WITHIN)

    with pytest.raises(TimeoutError) as raised:
        async with asyncio.timeout(0):
            await running

    ended_by = raised.value.__context__  # its cause only from Python 3.11.3 on
    assert ended_by is not None
    assert ended_by.__notes__ == ["started\n[stderr]\nasked to stop\n"]


async def test_a_run_cancelled_at_its_start_leaves_no_process(folder: Path) -> None:
    (folder / "it.py").write_text("import signal; signal.pause()")
    trigger = a_trigger(ActionType.SCRIPT, "it.py")
    running = asyncio.ensure_future(script_action(folder).run(a_claimed(), trigger))
    await asyncio.wait({running}, timeout=0)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert programs_in(folder) == []


def programs_in(folder: Path) -> list[psutil.Process]:
    """What runs of a folder, among all that this process has started, as a database."""
    return [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE
        and any(str(folder) in word for word in child.cmdline())
    ]


@pytest.mark.parametrize("times", [1, 2])
async def test_a_run_cancelled_at_its_start_leaves_no_grandchild(
    folder: Path, times: int
) -> None:
    """Twice, as when a stop meets a time limit."""
    os.mkfifo(folder / "tell")
    code = FORKING.format(before="", options="", after="signal.pause()")
    running = asyncio.create_task(run_python(folder, code))
    while not programs_in(folder):
        await asyncio.sleep(0)
    # The loop stands still here, as on a busy machine: the start cannot be over.
    pid = (folder / "tell").read_text()

    for _ in range(times):
        running.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await running

    assert is_gone(int(pid))


def agent_action(*command: str) -> AgentAction:
    return AgentAction(command=command, environment=ENVIRONMENT, grace=GRACE)


@pytest.mark.parametrize("kind", [ActionType.PROMPT, ActionType.SKILL])
async def test_the_agent_program_gets_the_text_the_agent_and_the_event(
    kind: ActionType,
) -> None:
    code = "import os; print(input(), os.environ['RECADO_AGENT'])"
    trigger = a_trigger(kind, "Answer kindly", agent="ana")

    outcome = await agent_action(sys.executable, "-c", code).run(a_claimed(), trigger)

    said, _, agent = succeeded(outcome).summary.rpartition(" ")
    assert agent == "ana"
    assert wire.decode(said) == {
        "kind": kind.value,
        "text": "Answer kindly",
        "agent": "ana",
        "event": EVENT,
    }


async def test_a_failing_agent_program_is_classified_like_a_script() -> None:
    action = agent_action("sh", "-c", "exit 75")

    outcome = await action.run(a_claimed(), a_trigger(ActionType.PROMPT, "Hello"))

    assert classify(failed(outcome)) is Category.TRANSIENT


@pytest.mark.parametrize(
    ("command", "payload", "problem"),
    [
        ((), "Hello", "set RECADO_AGENT_COMMAND"),
        (("no-such-agent",), "Hello", "correct RECADO_AGENT_COMMAND"),
        (("sh",), " ", "is its text"),
        (("sh",), {"text": "Hello"}, "is its text"),
    ],
)
async def test_what_an_agent_lacks_is_said_when_a_trigger_is_saved(
    command: tuple[str, ...], payload: object, problem: str
) -> None:
    assert problem in agent_action(*command).problems(payload)[0]


async def test_an_agent_program_that_vanished_is_a_matter_of_configuration() -> None:
    trigger = a_trigger(ActionType.PROMPT, "Hello")
    action = agent_action("no-such-agent")

    outcome = await action.run(a_claimed(), trigger)

    assert failed(outcome).category is Category.CONFIG
    assert action.destination(trigger) is None
