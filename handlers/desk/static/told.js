// Notices on every page: a reply in my case, a case for me, a new one in the queue. Each is told
// once, however many tabs are open: they share what was told.
import * as notify from "./notify.js";

const TOLD = "dianban-told";
const KEPT = 300;
const SHOWN_MS = 12000;
const place = document.getElementById("told");
const here = Number(document.body.dataset.conversation || 0);

export function tellAll(notices) {
  for (const notice of notices) {
    if (!isNew(notice.key)) continue;
    if (notice.kind === "reply" && notice.conversation === here && !document.hidden) continue;
    show(notice.words, `/desk/c/${notice.conversation}#end`);
  }
}

export function remind(key, words, address) {
  if (isNew(key)) show(words, address);
}

function isNew(key) {
  const told = JSON.parse(localStorage.getItem(TOLD) || "[]");
  if (told.includes(key)) return false;
  localStorage.setItem(TOLD, JSON.stringify([...told, key].slice(-KEPT)));
  return true;
}

function show(words, address) {
  const line = document.createElement("a");
  line.className = "notice";
  line.href = address;
  line.textContent = words;
  place.append(line);
  setTimeout(() => line.remove(), SHOWN_MS);
  document.getElementById("spoken").textContent = words;
  notify.alertPerson(document.querySelector('meta[name="firm"]').content, words, address);
}
