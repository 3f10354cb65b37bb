// What makes the desk live. Everything here is a comfort: without it the pages still read and reply.
import { ask, post, tell, Offline } from "./net.js";
import { fragment, patch } from "./patch.js";
import { follow } from "./live.js";
import * as compose from "./compose.js";
import * as keys from "./keys.js";
import * as notify from "./notify.js";

const body = document.body;
const id = Number(body.dataset.conversation || 0);
const $ = (selector) => document.querySelector(selector);
const versions = new Map();
const base = document.title;
document.documentElement.classList.add("js");

// --- refreshing: at most once a second each, never two at a time ---------------------------------

function gently(work) {
  let running = false;
  let again = false;
  let last = 0;
  return async function run() {
    again = true;
    if (running) return;
    running = true;
    while (again) {
      again = false;
      await new Promise((done) => setTimeout(done, Math.max(0, last + 1000 - Date.now())));
      last = Date.now();
      try {
        await work();
      } catch (problem) {
        if (problem instanceof Offline) setTimeout(run, 2000);
      }
    }
    running = false;
  };
}

const refreshQueue = gently(async () => {
  const fresh = fragment(await (await ask(body.dataset.queue)).text()).querySelector("#queue");
  const before = count();
  patch($("#queue"), fresh);
  title();
  const now = count();
  if (now.waiting > before.waiting) called("有商家在等", "#queue .rows a");
  else if (now.unread > before.unread) called("商家回复了", '#queue [id^="row-mine"] a.urgent');
});

const refreshTalk = gently(async () => {
  const first = document.querySelector('#thread [id^="m"]')?.id.slice(1);
  const from = first ? `?from=${first}` : "";
  const fresh = fragment(await (await ask(`${body.dataset.base}/parts${from}`)).text());
  const scroll = $("#scroll");
  const low = atEnd(scroll);
  const newest = lastMerchant();
  patch($("#main"), fresh.querySelector("#main"));
  patch($("#facts"), fresh.querySelector("#facts"));
  if (low) toEnd();
  else if (lastMerchant() !== newest) below(true);
  if (lastMerchant() !== newest) heard();
  compose.arrived();
});

const lastMerchant = () => [...document.querySelectorAll("#thread .merchant")].pop()?.id;
const atEnd = (scroll) => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;

function toEnd() {
  $("#scroll").scrollTop = $("#scroll").scrollHeight;
  below(false);
}

function below(shown) {
  let button = $("#new-below");
  if (!button && shown) {
    button = document.createElement("button");
    button.id = "new-below";
    button.className = "go new-below";
    button.textContent = "有新消息 ↓";
    button.addEventListener("click", toEnd);
    $("#scroll").append(button);
  }
  if (button) button.hidden = !shown;
}

function heard() {
  const line = [...document.querySelectorAll("#thread .merchant")].pop();
  $("#spoken").textContent = `商家:${line?.querySelector(".text")?.innerText || ""}`;
  compose.suggest("");
  if (document.hidden) notify.alertPerson($(".head h1").textContent, "商家回复了", body.dataset.base);
}

function called(words, selector) {
  const row = $(selector);
  $("#spoken").textContent = words;
  if (row) notify.alertPerson(words, row.querySelector(".name").textContent.trim(), row.href);
}

function count() {
  const queue = $("#queue").dataset;
  return { waiting: Number(queue.waiting), unread: Number(queue.unread) };
}

function title() {
  const { waiting, unread } = count();
  const number = waiting + unread;
  document.title = number ? `(${number}) ${base}` : base;
}

function onNews(news) {
  const changed = news.changed.filter(([key, version]) => versions.get(key) !== version);
  for (const [key, version] of changed) versions.set(key, version);
  const here = news.everything || news.people.includes(id) || changed.some(([key]) => key === id);
  if (id && here) refreshTalk();
  if (changed.length || news.everything) refreshQueue();
}

// --- forms without leaving the page --------------------------------------------------------------

async function onSubmit(event) {
  const form = event.target;
  const submitter = event.submitter;
  const method = submitter?.hasAttribute("formaction") ? "post" : form.method;
  if (method !== "post" || "native" in form.dataset || event.defaultPrevented) return;
  const action = submitter?.hasAttribute("formaction") ? submitter.formAction : form.action;
  if (/logout|settings|people|\/tags$|\/tags\/\d+\/remove$/.test(action) && !id) return;
  if (action.endsWith("/logout")) return;
  event.preventDefault();
  const data = new FormData(form, submitter);
  submitter?.setAttribute("disabled", "");
  try {
    await post(action, data);
    form.reset();
    form.closest("details.menu")?.removeAttribute("open");
    if ("quiet" in form.dataset) pressed(form, submitter);
    else if (id) await Promise.all([refreshTalk(), refreshQueue()]);
    tell("");
  } catch (problem) {
    tell(problem.message);
    if (id) refreshTalk();
  }
  submitter?.removeAttribute("disabled");
}

function pressed(form, submitter) {
  for (const button of form.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", button === submitter ? "true" : "false");
  }
}

// --- older parts, pictures, times ------------------------------------------------------------------

let loading = false;
async function loadOlder() {
  const link = $("[data-older]");
  if (!link || loading) return;
  loading = true;
  try {
    const fresh = fragment(await (await ask(link.dataset.older)).text());
    const scroll = $("#scroll");
    const height = scroll.scrollHeight;
    const older = fresh.querySelector("#older");
    const lines = [...fresh.querySelector("#thread").children];
    const days = new Set(lines.map((line) => line.id));
    for (const line of $("#thread").children) {
      if (line.className === "daymark" && days.has(line.id)) line.remove();
    }
    $("#thread").prepend(...lines);
    if (older) $("#older").replaceWith(older);
    else $("#older").remove();
    scroll.scrollTop += scroll.scrollHeight - height;
  } catch (problem) {
    tell(problem.message);
  }
  loading = false;
}

function onClick(event) {
  const link = event.target.closest("a");
  const time = event.target.closest("time[title]");
  if (link?.dataset.older) {
    event.preventDefault();
    loadOlder();
  } else if (link && "picture" in link.dataset) {
    event.preventDefault();
    enlarge(link);
  } else if (time && !link) {
    time.textContent = time.textContent === time.title ? time.dataset.short : keep(time);
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
}

function keep(time) {
  time.dataset.short = time.textContent;
  return time.title;
}

function enlarge(link) {
  const dialog = document.createElement("dialog");
  dialog.className = "picture";
  dialog.setAttribute("aria-label", "图片，按 Esc 关闭");
  const picture = document.createElement("img");
  picture.src = link.href;
  picture.alt = link.querySelector("img").alt;
  dialog.append(picture);
  dialog.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

// The same words as handlers/desk/words.py `span`.
function span(seconds) {
  if (seconds < 60) return seconds < 30 ? "刚刚" : "1 分钟";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} 分钟`;
  if (seconds <= 172800) return `${Math.floor(seconds / 3600)} 小时`;
  return `${Math.floor(seconds / 86400)} 天`;
}

function tick() {
  for (const time of document.querySelectorAll("time[data-since]")) {
    if (time.textContent !== time.title) time.textContent = span((Date.now() - Date.parse(time.dateTime)) / 1000);
  }
}

// --- begin -----------------------------------------------------------------------------------------

document.addEventListener("click", onClick);
for (const form of document.querySelectorAll("form[data-auto]")) form.addEventListener("change", () => form.submit());
compose.setUp(() => { refreshTalk(); });
document.addEventListener("submit", onSubmit);
keys.setUp();
notify.setUp();
setInterval(tick, 15000);
if ($("#queue")) title();
if (id) {
  const found = location.hash && document.getElementById(location.hash.slice(1));
  if (found) {
    found.classList.add("found");
    found.scrollIntoView({ block: "center" });
  } else if ($("#scroll")) toEnd();
  $("#scroll").addEventListener("scroll", () => {
    if ($("#scroll").scrollTop < 120) loadOlder();
    if (atEnd($("#scroll"))) below(false);
  });
  compose.here();
  setInterval(() => { if (!document.hidden) compose.here(); }, 10000);
  addEventListener("pagehide", () => {
    const gone = new FormData();
    gone.set("gone", "1");
    gone.set("csrf_token", document.querySelector('meta[name="csrf"]').content);
    navigator.sendBeacon(`${body.dataset.base}/here`, gone);
  });
}
follow(onNews);
