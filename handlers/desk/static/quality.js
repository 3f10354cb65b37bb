// The weekly draw: one key a verdict, and the next one comes into sight.
import { post, tell } from "./net.js";

const cards = () => [...document.querySelectorAll(".review")];
const open = () => document.querySelectorAll(".review[data-open]");
let current = open()[0] || cards()[0];

function show(card) {
  if (!card) return;
  current?.classList.remove("current");
  current = card;
  current.classList.add("current");
  current.scrollIntoView({ block: "center" });
}

async function judge(form, button) {
  const card = form.closest(".review");
  const body = new FormData(form, button);
  try {
    await post(form.action, body);
  } catch (problem) {
    tell(problem.message);
    return;
  }
  for (const other of form.querySelectorAll("[data-key]")) {
    other.setAttribute("aria-pressed", other === button ? "true" : "false");
  }
  card.classList.add("seen");
  card.removeAttribute("data-open");
  const left = open().length;
  document.getElementById("left").textContent = left ? `还有 ${left} 个没看` : "都看过了";
  document.getElementById("spoken").textContent = button.textContent;
  show([...open()].find((each) => card.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING) || open()[0]);
}

document.addEventListener(
  "submit",
  (event) => {
    if (!event.target.matches("[data-review]") || !event.submitter) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    judge(event.target, event.submitter);
  },
  true,
);

document.addEventListener(
  "keydown",
  (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    if (document.querySelector("dialog[open]")) return;
    const button = current?.querySelector(`[data-key="${event.key}"]`);
    if (button) button.click();
    else if (event.key === "j" || event.key === "k") {
      const all = cards();
      show(all[all.indexOf(current) + (event.key === "j" ? 1 : -1)]);
    }
  },
  true,
);

if (current) current.classList.add("current");
