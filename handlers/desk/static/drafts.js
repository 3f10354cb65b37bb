// A draft by the language model: shown grey beside the field, with its sources; pieces that no
// source holds are underlined. It goes into the field to be edited, or out as it is by its own button.
import { post, tell } from "./net.js";

const $ = (selector) => document.querySelector(selector);

export function setUp() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-draft]");
    if (button) ask(button);
  });
}

async function ask(button) {
  button.disabled = true;
  try {
    const draft = await (await post(button.dataset.draft, new FormData())).json();
    show(draft);
  } catch (problem) {
    tell(problem.message);
  }
  button.disabled = false;
}

function show({ text, doubtful, sources }) {
  const place = $("#draft");
  const words = document.createElement("p");
  words.className = "draft-text";
  words.append(...marked(text, doubtful));
  const from = document.createElement("p");
  from.className = "quiet";
  from.textContent = `模型写的草稿，依据：${sources.join("、") || "只有对话"}。${doubtful.length ? "划线的地方没有依据，请核对。" : ""}`;
  const buttons = document.createElement("p");
  buttons.className = "few";
  buttons.append(
    act("放进输入框改", () => fill(text)),
    act("照发", () => sendAsItIs(text)),
    act("不要", () => place.replaceChildren()),
  );
  place.replaceChildren(words, from, buttons);
}

function marked(text, doubtful) {
  let pieces = [text];
  for (const doubt of doubtful) {
    pieces = pieces.flatMap((piece) => {
      if (typeof piece !== "string") return [piece];
      const parts = piece.split(doubt);
      return parts.flatMap((part, index) => (index ? [underlined(doubt), part] : [part]));
    });
  }
  return pieces;
}

function underlined(words) {
  const mark = document.createElement("u");
  mark.textContent = words;
  return mark;
}

function act(words, work) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = words;
  button.addEventListener("click", work);
  return button;
}

function fill(text) {
  const field = $("#text");
  field.value = text;
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  $("#draft").replaceChildren();
}

async function sendAsItIs(text) {
  const body = new FormData($("#composer"));
  body.set("text", text);
  body.set("key", crypto.getRandomValues(new Uint32Array(4)).join("-").slice(0, 40));
  body.set("as_it_is", "1");
  try {
    await post($("#composer").action, body);
    $("#draft").replaceChildren();
  } catch (problem) {
    tell(problem.message);
  }
}
