// The keyboard: one letter each, only while nobody is typing.
import { insertNth } from "./compose.js";
import { findAnswer } from "./finder.js";

const KEYS = [
  ["j / k", "下一个、上一个对话"],
  ["Enter", "打开选中的对话"],
  ["c", "接入"],
  ["r", "写回复"],
  ["n", "写备注"],
  ["f", "找答案"],
  ["Alt+1 … 3", "插入第几个答案"],
  ["/", "快捷回复（在回复框里）"],
  ["y / x", "机器人最后一次答得对、不对"],
  ["e", "结束"],
  ["t", "转给同事、稍后处理"],
  ["s", "搜索"],
  ["u", "回到列表"],
  ["Esc", "离开输入框，关掉弹出的东西"],
  ["?", "这张表"],
];
const last = (selector) => [...document.querySelectorAll(selector)].pop();
const $ = (selector) => document.querySelector(selector);

export function setUp() {
  document.addEventListener("keydown", onKey);
  document.querySelector("[data-keys]")?.addEventListener("click", help);
}

function onKey(event) {
  if (event.altKey && /^Digit[1-6]$/.test(event.code)) {
    insertNth(Number(event.code.slice(5)));
    event.preventDefault();
    return;
  }
  if ((event.ctrlKey || event.metaKey) && event.key === "k") {
    event.preventDefault();
    findAnswer();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape") closeEverything();
  else if (!writing(event.target) && !document.querySelector("dialog[open]")) act(event);
}

const writing = (place) => place.closest("input:not([type=radio]):not([type=checkbox]), textarea, select");

// Whoever was inside a menu is on what opened it; whoever was writing is nowhere, for the letter keys.
function closeEverything() {
  const opened = document.activeElement?.closest("details.menu[open]")?.querySelector("summary");
  document.activeElement?.blur();
  for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
  opened?.focus();
}

function act(event) {
  const actions = {
    j: () => step(1),
    k: () => step(-1),
    c: () => $("[data-claim]")?.click(),
    r: () => $("#text")?.focus(),
    n: () => write("#note"),
    f: findAnswer,
    y: () => last("[data-right]")?.click(),
    x: () => last("[data-wrong]")?.click(),
    e: () => open("#finish"),
    t: () => open("#more", "#to"),
    s: () => $("#q")?.focus(),
    u: () => {
      location.href = "/desk/";
    },
    "/": () => $("[data-quick]")?.click() ?? $("#q")?.focus(),
    "?": help,
  };
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

function write(selector) {
  const place = $(selector);
  if (!place) return;
  if (!place.offsetParent) $(".to-facts")?.click();
  else place.focus();
}

function open(selector, first = "button, input:not([type=hidden]), select") {
  const menu = $(selector);
  if (!menu) return;
  menu.open = true;
  menu.querySelector(first)?.focus();
}

function step(by) {
  const rows = [...document.querySelectorAll("#queue .rows a")];
  if (!rows.length) return;
  const focused = rows.indexOf(document.activeElement);
  const now = focused >= 0 ? focused : rows.findIndex((row) => row.hasAttribute("aria-current"));
  rows[Math.max(0, Math.min(rows.length - 1, now + by))].focus();
}

function help() {
  const dialog = document.createElement("dialog");
  dialog.innerHTML = '<h2>键盘操作</h2><dl class="keys"></dl><p class="few"><button autofocus>关闭</button></p>';
  const list = dialog.querySelector("dl");
  for (const [key, words] of KEYS) {
    const dt = document.createElement("dt");
    const dd = document.createElement("dd");
    dt.innerHTML = "<kbd></kbd>";
    dt.firstChild.textContent = key;
    dd.textContent = words;
    list.append(dt, dd);
  }
  dialog.querySelector("button").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
