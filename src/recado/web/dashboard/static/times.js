// Moments in the reader's own time zone; without JavaScript they are in UTC.
const format = new Intl.DateTimeFormat(document.documentElement.lang, {
  dateStyle: "medium",
  timeStyle: "medium",
});
function showLocally() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const local = format.format(new Date(time.dateTime));
    if ("moment" in time.dataset) time.textContent = local;
    else time.title = local;
  }
}
showLocally();
document.addEventListener("recado:changed", showLocally);
