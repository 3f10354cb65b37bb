// Quick replies: found by a few letters, filled with what is known, asked for what is not.
import { ask, post, tell } from "./net.js";

const $ = (selector) => document.querySelector(selector);
// The same as handlers/desk/variables.py.
const VARIABLE = /\{([^{}\n]{1,16})\}/g;
let replies = null;
let attached = null;

export async function open(words) {
  const list = $("#quick");
  try {
    replies ||= await (await ask(list.dataset.url)).json();
  } catch (problem) {
    tell(problem.message);
    return;
  }
  const found = replies
    .map((reply) => ({ reply, score: fuzzy(words.toLowerCase(), reply.keys) }))
    .filter((each) => each.score >= 0)
    .sort((a, b) => a.score - b.score)
    .slice(0, 8);
  list.replaceChildren(...found.map(({ reply }, index) => option(reply, index)));
  if (!found.length) {
    const none = document.createElement("li");
    none.textContent = replies.length ? "没有相近的快捷回复" : "还没有快捷回复，在右上角「设置和快捷回复」里加";
    list.append(none);
  }
  list.hidden = false;
}

export function close() {
  const list = $("#quick");
  if (list) list.hidden = true;
}

// All letters in order; fewer gaps and an earlier start are better. -1 is no match.
function fuzzy(words, keys) {
  let score = 0;
  let from = 0;
  for (const letter of words) {
    const found = keys.indexOf(letter, from);
    if (found < 0) return -1;
    score += found - from;
    from = found + 1;
  }
  return score;
}

function option(reply, index) {
  const item = document.createElement("li");
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", index === 0 ? "true" : "false");
  const title = document.createElement("b");
  title.textContent = reply.title;
  const text = document.createElement("span");
  const kind = [reply.mine && "我的", reply.group, reply.picture && "带图"].filter(Boolean);
  text.textContent = [...kind, reply.text.slice(0, 60)].join(" · ");
  item.append(title, text);
  item.addEventListener("mousedown", (event) => event.preventDefault());
  item.addEventListener("click", () => choose(reply));
  return item;
}

export function key(event) {
  const list = $("#quick");
  if (list.hidden) return false;
  const items = [...list.querySelectorAll('[role="option"]')];
  const now = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
  if (event.key === "Escape") {
    close();
    return true;
  }
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const next = (now + (event.key === "ArrowDown" ? 1 : items.length - 1)) % (items.length || 1);
    items.forEach((item, index) => {
      item.setAttribute("aria-selected", index === next ? "true" : "false");
    });
    items[next]?.scrollIntoView({ block: "nearest" });
    return true;
  }
  if ((event.key === "Enter" || event.key === "Tab") && items[now]) {
    items[now].click();
    return true;
  }
  return false;
}

async function choose(reply) {
  close();
  const around = aroundCaret();
  const values = JSON.parse($("#composer").dataset.values);
  const missing = namesIn(reply.text).filter((name) => !values[name]);
  const asked = missing.length ? await askFor(missing) : {};
  $("#text").focus();
  if (!asked) return;
  write(
    around,
    reply.text.replace(VARIABLE, (_, name) => values[name] || asked[name]),
  );
  if (reply.picture) attach(reply);
  post(`/desk/quick-replies/${reply.id}/used`, new FormData()).catch(() => {}); // only a count
}

const namesIn = (text) => [...new Set([...text.matchAll(VARIABLE)].map((found) => found[1]))];

// What nobody knows yet is asked of whoever writes, so that no bare variable reaches a merchant.
function askFor(names) {
  const dialog = document.createElement("dialog");
  dialog.className = "blanks";
  dialog.setAttribute("aria-labelledby", "blanks-title");
  dialog.innerHTML =
    '<form class="stack"><h2 id="blanks-title">这几处还不知道，请填一下</h2><p class="few"><button class="main">填好</button><button type="button">不用了</button></p></form>';
  const form = dialog.querySelector("form");
  for (const [index, name] of names.entries()) {
    const label = document.createElement("label");
    label.textContent = name;
    label.htmlFor = `blank-${index}`;
    const input = document.createElement("input");
    Object.assign(input, { id: label.htmlFor, name, required: true, maxLength: 60, autocomplete: "off" });
    form.lastElementChild.before(label, input);
  }
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    let given = null;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      given = Object.fromEntries(new FormData(form));
      dialog.close();
    });
    form.querySelector("[type=button]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(given);
    });
  });
}

// What stands before and behind the letters that it was found by; a dialog moves the caret.
function aroundCaret() {
  const { value, selectionStart } = $("#text");
  return [value.slice(0, selectionStart).replace(/\/[^\s/]*$/, ""), value.slice(selectionStart)];
}

function write([before, after], words) {
  const text = $("#text");
  text.value = before + words + after;
  text.setSelectionRange(before.length + words.length, before.length + words.length);
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

// Its picture waits beside the text and is sent after it.
async function attach(reply) {
  const place = $("#attached");
  try {
    const file = await (await ask(reply.picture)).blob();
    attached = new File([file], "picture", { type: file.type });
  } catch (problem) {
    tell(problem.message);
    return;
  }
  const picture = new Image();
  picture.src = URL.createObjectURL(attached);
  picture.alt = `${reply.title} 的图片`;
  const away = document.createElement("button");
  away.type = "button";
  away.textContent = "不发这张";
  away.addEventListener("click", takeAttached);
  place.replaceChildren(picture, "跟在文字后面发，用掉 1 条", away);
  place.hidden = false;
}

export function takeAttached() {
  const file = attached;
  attached = null;
  const place = $("#attached");
  place.replaceChildren();
  place.hidden = true;
  return file;
}
