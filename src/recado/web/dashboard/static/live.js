// Keeps what is marked data-live up to date: when the server says that something
// changed, the page is fetched again and its marked parts are exchanged.
const live = document.querySelectorAll("[data-live]");
const EVERY = 1000;
const AGAIN = 30000;
let isStale = false;
let isFetching = false;

function isBusy(part) {
  // an open question, a half-ticked selection or a focused field must not vanish
  return part.contains(document.activeElement) && document.activeElement !== document.body
    || part.querySelector("details[open], input:checked") !== null;
}

async function refresh() {
  if (!isStale || isFetching || document.hidden) return;
  isStale = false;
  isFetching = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    // the session is over: a page that says "all is well" for ever would be a lie
    if (answer.redirected) location.reload();
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const old of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(old.id);
      if (fresh && fresh.innerHTML !== old.innerHTML && !isBusy(old)) {
        old.replaceChildren(...fresh.childNodes);
        document.dispatchEvent(new Event("recado:changed"));
      }
    }
  } finally {
    isFetching = false;
  }
}

function follow() {
  const stream = new EventSource("/live");
  // also when it opens: something may have changed since the page was made
  for (const news of ["open", "changed"]) stream.addEventListener(news, () => (isStale = true));
  stream.addEventListener("error", () => {
    // refused: too many streams, or a proxy without its server; browsers then give up
    if (stream.readyState !== EventSource.CLOSED) return;
    isStale = true;
    setTimeout(follow, AGAIN);
  });
}

if (live.length > 0) {
  follow();
  setInterval(refresh, EVERY);
}
