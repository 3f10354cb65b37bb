// The finder: an answer of the bank by its title or a few words, inserted by Enter.
import { ask } from "./net.js";
import { fragment } from "./patch.js";

const $ = (selector) => document.querySelector(selector);
let insert = () => {};

export function setUp(insertWords) {
  insert = insertWords;
  const words = $("#find-words");
  words?.addEventListener("input", () => search(words.value));
  words?.addEventListener("keydown", (event) => {
    if (!event.isComposing) finderKey(event);
  });
}

export function findAnswer() {
  const dialog = $("#finder");
  if (!dialog) return;
  dialog.showModal();
  const field = dialog.querySelector("input");
  field.select();
  search(field.value);
}

let searching = 0;
let searched = "";
function search(words) {
  clearTimeout(searching);
  searching = setTimeout(() => find(words), 200);
}

async function find(words) {
  clearTimeout(searching);
  const place = $("#found");
  if (!words.trim()) {
    searched = "";
    place.replaceChildren();
    return;
  }
  try {
    const answer = await ask(`${$("#guidance").dataset.url}?q=${encodeURIComponent(words.trim())}`);
    const fresh = fragment(await answer.text());
    if ($("#find-words").value !== words) return;
    searched = words;
    place.replaceChildren(fresh);
    choose(0);
  } catch (problem) {
    place.textContent = problem.message;
  }
}

// The finder by key: arrows choose, Enter inserts what is chosen, one Esc closes.
function finderKey(event) {
  if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation(); // for the page, Esc leaves a field: the one that has the focus from now on
    $("#finder").close();
    $("#text")?.focus();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const items = [...document.querySelectorAll("#found .entry-help")];
    const now = items.findIndex((item) => item.classList.contains("chosen"));
    choose(Math.max(0, Math.min(items.length - 1, now + (event.key === "ArrowDown" ? 1 : -1))));
  } else if (event.key === "Enter") {
    event.preventDefault();
    insertChosen(event.target.value);
  }
}

function choose(index) {
  for (const [place, item] of document.querySelectorAll("#found .entry-help").entries()) {
    item.classList.toggle("chosen", place === index);
    if (place === index) item.scrollIntoView({ block: "nearest" });
  }
}

// Enter may come before the answer to the last letters: then the search comes first.
async function insertChosen(words) {
  if (searched !== words) await find(words);
  const button = $("#found .chosen [data-nth]");
  if (button) insert(button.dataset.insert);
}
