// Writing: drafts that survive, messages that show how they fare, answers, pictures.
import { ask, post, tell, Offline, Refused } from "./net.js";
import { fragment } from "./patch.js";
import * as finder from "./finder.js";
import * as quick from "./quick.js";

const id = document.body.dataset.conversation;
const DRAFT = `dianban-draft-${id}`;
const NOTE = `dianban-note-${id}`;
const QUEUE = `dianban-unsent-${id}`;
// What WeChat takes, from the server: textBytes, pictureBytes.
const limit = (name) => Number($("#composer").dataset[name]);
const $ = (selector) => document.querySelector(selector);
let refresh = () => {};
let typed = 0;
let asked = "";
let claimed = false;

export function setUp(refreshPage) {
  if (!id) return;
  refresh = refreshPage;
  finder.setUp(insert);
  document.addEventListener("input", onInput);
  document.addEventListener("keydown", onKey);
  document.addEventListener("submit", onSubmit, true);
  document.addEventListener("click", onClick);
  document.addEventListener("change", onChange);
  document.addEventListener("paste", onPaste);
  for (const name of ["dragover", "dragleave", "drop"]) document.addEventListener(name, onDrag);
  addEventListener("online", sendWaiting);
  setInterval(sendWaiting, 5000);
  arrived();
  claimed = true;
}

// After every refresh: a composer that has just appeared gets its draft back.
export function arrived() {
  const note = $("#note");
  if (note && !note.dataset.ready) {
    note.dataset.ready = "1";
    note.value = note.value || localStorage.getItem(NOTE) || "";
    note.form.addEventListener("reset", () => localStorage.removeItem(NOTE));
  }
  const text = $("#text");
  if (!text || text.dataset.ready) return;
  text.dataset.ready = "1";
  // Just claimed: the next thing is to write. On a phone the keyboard would cover what there is to read.
  const idle = document.activeElement === document.body || document.activeElement === null;
  if (claimed && idle && matchMedia("(pointer: fine)").matches) text.focus({ preventScroll: true });
  claimed = true;
  text.value = text.value || localStorage.getItem(DRAFT) || "";
  grow(text);
  price(text.value);
  const join = $("[data-join]");
  if (join) join.checked = localStorage.getItem("dianban-join") === "on";
  hint();
  showWaiting();
  suggest("");
}

function hint() {
  const tips = $("#tips");
  if (tips) tips.textContent = joined() ? "Enter 换行，Ctrl+Enter 发送" : "Enter 发送，Shift+Enter 换行";
}

const joined = () => Boolean($("[data-join]")?.checked);

function grow(text) {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight + 2, innerHeight * 0.4)}px`;
}

function onInput(event) {
  if (event.target.id === "note") localStorage.setItem(NOTE, event.target.value);
  if (event.target.id !== "text") return;
  const text = event.target;
  localStorage.setItem(DRAFT, text.value);
  grow(text);
  price(text.value);
  const slash = /(?:^|\s)\/([^\s/]*)$/.exec(text.value.slice(0, text.selectionStart));
  if (slash) quick.open(slash[1]);
  else quick.close();
  if (Date.now() - typed > 3000) {
    typed = Date.now();
    here(true);
  }
}

// A long text is cut into several messages, each of which counts: say so before it is sent.
let pricing = 0;
function price(words) {
  const place = $("#cost");
  clearTimeout(pricing);
  if (!place) return;
  if (new TextEncoder().encode(words).length <= limit("textBytes")) {
    place.hidden = true;
    return;
  }
  pricing = setTimeout(async () => {
    const body = new FormData();
    body.set("text", words);
    try {
      const { parts } = await (await post(place.dataset.url, body)).json();
      const left = Number($("#meter").dataset.left);
      const less = left ? `现在只能发 ${left} 条，其余暂存` : "现在一条也发不了，都先暂存";
      const after = left >= parts ? `还剩 ${left - parts} 条` : less;
      place.textContent = `太长，会分成 ${parts} 条发，${after}`;
      place.hidden = false;
    } catch {
      place.hidden = true;
    }
  }, 300);
}

export function here(typing = false) {
  const body = new FormData();
  if (typing) body.set("typing", "1");
  post(`${document.body.dataset.base}/here`, body).catch(() => {});
}

function onKey(event) {
  if (event.target.id !== "text" || event.isComposing) return;
  if (quick.key(event)) {
    event.preventDefault();
    return;
  }
  const enter = event.key === "Enter" && !event.shiftKey;
  if (enter && (joined() ? event.ctrlKey || event.metaKey : !event.altKey)) {
    event.preventDefault();
    send(event.target);
  }
}

function onSubmit(event) {
  const form = event.target;
  if (form.id === "composer" && !event.submitter?.formAction.includes("/continue")) {
    event.preventDefault();
    event.stopPropagation();
    send($("#text"));
  } else if (form.id === "picture-form") event.preventDefault();
}

// --- sending -----------------------------------------------------------------------------------

const newKey = () => crypto.getRandomValues(new Uint32Array(4)).join("-").slice(0, 40);
const unsent = () => JSON.parse(localStorage.getItem(QUEUE) || "[]");
const store = (list) => localStorage.setItem(QUEUE, JSON.stringify(list));

async function send(text) {
  const words = text.value.trim();
  if (/^\/\S*$/.test(words)) {
    // A search for a quick reply that found none is no message.
    tell("没有这条快捷回复，没有发出去。删掉开头的 / 再发。");
    return;
  }
  const picture = quick.takeAttached();
  if (words) queue(text, words);
  await sendWaiting();
  if (picture) await sendAgreed(picture);
}

function queue(text, words) {
  const message = { key: newKey(), text: words };
  store([...unsent(), message]);
  text.value = "";
  localStorage.removeItem(DRAFT);
  grow(text);
  price("");
  show(message, "发送中");
}

let sending = null;
function sendWaiting() {
  sending ||= sendAll().finally(() => {
    sending = null;
  });
  return sending;
}

async function sendAll() {
  while ($("#composer") && unsent().length) {
    const [message] = unsent();
    const body = new FormData();
    body.set("text", message.text);
    body.set("key", message.key);
    try {
      await post($("#composer").action, body);
      store(unsent().filter((other) => other.key !== message.key));
      refresh();
    } catch (problem) {
      notSent(message, problem);
      break;
    }
  }
}

function notSent(message, problem) {
  const offline = problem instanceof Offline;
  const line = show(message, offline ? "还没发出，连上后自动发" : problem.message);
  line.querySelector(".sent").classList.add(offline ? "is-held" : "is-failed");
  if (!(problem instanceof Refused)) return;
  store(unsent().filter((other) => other.key !== message.key));
  giveBack(message.text);
}

// What was refused goes back into the field: nothing that a person wrote is lost.
function giveBack(words) {
  const text = $("#text");
  const draft = [words, text?.value || localStorage.getItem(DRAFT)].filter(Boolean).join("\n");
  localStorage.setItem(DRAFT, draft);
  if (!text) return;
  text.value = draft;
  grow(text);
  price(draft);
}

function showWaiting() {
  for (const message of unsent()) show(message, "发送中");
  sendWaiting();
}

function show(message, state) {
  const thread = $("#thread");
  let line = thread.querySelector(`[data-pending="${message.key}"]`);
  if (!line) {
    line = document.createElement("li");
    line.className = "said-by consultant";
    line.dataset.pending = message.key;
    line.innerHTML = '<p class="who"></p><div class="text"></div><p class="sent"><span></span></p>';
    line.querySelector(".who").textContent = $("#composer").dataset.me;
    if (message.picture) line.querySelector(".text").append(message.picture);
    else line.querySelector(".text").textContent = message.text;
    thread.append(line);
    $("#scroll").scrollTop = $("#scroll").scrollHeight;
  }
  line.querySelector(".sent").className = "sent";
  line.querySelector(".sent span").textContent = state;
  return line;
}

// --- answers from the bank ---------------------------------------------------------------------

export async function suggest(words) {
  const place = $("#guidance");
  if (!place) return;
  const last = [...document.querySelectorAll("#thread .merchant")].pop()?.id || "";
  const question = words || last;
  if (question === asked && place.childElementCount) return;
  asked = question;
  try {
    const answer = await ask(`${place.dataset.url}?q=${encodeURIComponent(words)}`);
    place.replaceChildren(fragment(await answer.text()));
  } catch {
    place.replaceChildren();
  }
}

export function insertNth(number) {
  const button = document.querySelector(`#guidance [data-nth="${number}"]`);
  if (button) insert(button.dataset.insert);
}

function insert(words) {
  const text = $("#text");
  $("#finder")?.close();
  if (!text) return;
  text.value = text.value ? `${text.value.trimEnd()}\n${words}` : words;
  text.focus();
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

function onClick(event) {
  const target = event.target.closest("button, a");
  if (!target) {
    if (!event.target.closest("#quick")) quick.close();
  } else if (target.dataset.insert !== undefined) insert(target.dataset.insert);
  else if (target.hasAttribute("data-quick")) {
    const text = $("#text");
    text.focus();
    quick.open("");
  } else if (target.hasAttribute("data-find")) finder.findAnswer();
  else if (target.hasAttribute("data-picture-choose")) $("#picture").click();
}

// --- pictures ----------------------------------------------------------------------------------

function onChange(event) {
  if (event.target.id === "picture") {
    for (const file of event.target.files) sendPicture(file);
    event.target.value = "";
  } else if (event.target.hasAttribute("data-join")) {
    localStorage.setItem("dianban-join", event.target.checked ? "on" : "off");
    hint();
  }
}

function onPaste(event) {
  const files = [...(event.clipboardData?.files || [])].filter((file) => file.type.startsWith("image/"));
  if (!files.length || !$("#composer")) return;
  event.preventDefault();
  files.forEach(sendPicture);
}

function onDrag(event) {
  const form = $("#composer");
  if (!form || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  form.classList.toggle("dropping", event.type === "dragover");
  if (event.type === "drop") [...event.dataTransfer.files].forEach(sendPicture);
}

async function sendPicture(file) {
  if (!file.type.startsWith("image/")) {
    tell("只能发图片（JPG、PNG 或 GIF）。");
    return;
  }
  const ready = await small(file);
  if (await agreed(imageOf(ready), `发给商家（${Math.ceil(ready.size / 1024)} KB）`)) await sendAgreed(ready);
}

function imageOf(file) {
  const picture = new Image();
  picture.src = URL.createObjectURL(file);
  picture.alt = "要发送的图片";
  return picture;
}

async function sendAgreed(file) {
  const message = { key: newKey(), picture: imageOf(file) };
  await upload(message, file, show(message, "发送中"));
}

// The same key again is the same picture: a try whose answer was lost sends nothing twice.
async function upload(message, ready, line) {
  line.querySelector(".sent").className = "sent";
  line.querySelector(".sent span").textContent = "发送中";
  const body = new FormData();
  body.set("key", message.key);
  body.set("picture", ready, ready.name || "picture.jpg");
  try {
    await post($("#picture-form").action, body);
    refresh();
  } catch (problem) {
    line.querySelector(".sent").classList.add("is-failed");
    line.querySelector(".sent span").textContent = "图片没有发出去。";
    const again = document.createElement("button");
    again.type = "button";
    again.textContent = "再发一次";
    again.addEventListener("click", () => {
      again.remove();
      upload(message, ready, line);
    });
    line.querySelector(".sent").append(again);
    tell(problem.message);
  }
}

// A picture cannot be called back: show it once more, large, before it goes.
function agreed(picture, words) {
  const dialog = document.createElement("dialog");
  dialog.className = "preview";
  dialog.setAttribute("aria-label", "确认图片");
  const buttons = document.createElement("p");
  buttons.className = "few";
  const yes = document.createElement("button");
  yes.className = "main";
  yes.textContent = words;
  const no = document.createElement("button");
  no.textContent = "不发";
  buttons.append(yes, no);
  dialog.append(picture, buttons);
  document.body.append(dialog);
  dialog.showModal();
  yes.focus();
  return new Promise((resolve) => {
    yes.addEventListener("click", () => dialog.close("yes"));
    no.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

// A photograph of a phone is larger than WeChat takes: make it smaller here, before the upload.
async function small(file) {
  const takes = ["image/jpeg", "image/png", "image/gif"].includes(file.type);
  if ((file.size <= limit("pictureBytes") && takes) || file.type === "image/gif") return file;
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, 1920 / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
}
