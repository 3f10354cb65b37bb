// What makes the desk live. Everything here is a comfort: without it the pages still read and reply.
import { ask, post, tell, Offline } from "./net.js";
import { fragment, patch } from "./patch.js";
import { follow } from "./live.js";
import * as compose from "./compose.js";
import * as keys from "./keys.js";
import * as drafts from "./drafts.js";
import * as notify from "./notify.js";
import { remind, tellAll } from "./told.js";

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
  patch($("#queue"), fresh);
  title();
  tick();
});

// News changes the newest lines and those that are still on their way; whoever scrolled up through a
// year does not fetch it again with each. What somebody does here may change any line.
const RECENT = 40;
let whole = false;

function refreshFrom() {
  const shown = [...document.querySelectorAll('#thread [id^="m"]')];
  const moving = shown.findIndex((line) => line.querySelector(".is-pending, .is-held"));
  const recent = Math.max(0, shown.length - RECENT);
  const first = whole ? 0 : Math.min(recent, moving < 0 ? recent : moving);
  whole = false;
  return shown[first]?.id.slice(1);
}

const refreshTalk = gently(async () => {
  const first = refreshFrom();
  const from = first ? `?from=${first}` : "";
  const fresh = fragment(await (await ask(`${body.dataset.base}/parts${from}`)).text());
  keepOlder(fresh);
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

// What is before the lines that are shown is the page's own to know.
function keepOlder(fresh) {
  if (!$('#thread [id^="m"]')) return;
  fresh.querySelector("#older")?.remove();
  const older = $("#older");
  if (older) fresh.querySelector("#thread").before(older.cloneNode(true));
}

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
  $("#spoken").textContent = `商家：${line?.querySelector(".text")?.innerText || ""}`;
  compose.suggest("");
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
  tellAll(news.told || []);
  if ("unreached" in news) $("#unreached").hidden = !news.unreached;
  const changed = news.changed.filter(([key, version]) => versions.get(key) !== version);
  for (const [key, version] of changed) versions.set(key, version);
  const here = news.everything || news.people.includes(id) || changed.some(([key]) => key === id);
  if (id && here) refreshTalk();
  if ((changed.length || news.everything) && $("#queue")) refreshQueue();
  if ((changed.length || news.everything) && body.dataset.refresh) refreshPage();
}

// --- forms without leaving the page --------------------------------------------------------------

async function onSubmit(event) {
  const form = event.target;
  const submitter = event.submitter;
  const method = submitter?.hasAttribute("formaction") ? "post" : form.method;
  if (method !== "post" || "native" in form.dataset || event.defaultPrevented) return;
  const action = submitter?.hasAttribute("formaction") ? submitter.formAction : form.action;
  // Only a conversation refreshes its parts; any other page is answered with a page.
  if ((!id && !("quiet" in form.dataset)) || action.endsWith("/logout")) {
    if (form.dataset.confirm && !confirm(form.dataset.confirm)) event.preventDefault();
    return;
  }
  event.preventDefault();
  if (form.dataset.confirm && !confirm(form.dataset.confirm)) return;
  const data = new FormData(form, submitter);
  submitter?.setAttribute("disabled", "");
  try {
    await post(action, data);
    form.reset();
    form.closest("details.menu")?.removeAttribute("open");
    if ("quiet" in form.dataset) pressed(form, submitter);
    else if (id) {
      whole = true;
      await Promise.all([refreshTalk(), refreshQueue()]);
    }
    tell("");
  } catch (problem) {
    tell(problem.message);
    if (id) refreshTalk();
  }
  submitter?.removeAttribute("disabled");
}

// The duty stands twice: as three buttons, and on a phone as one chip that opens them.
function pressed(form, submitter) {
  const same = form.classList.contains("duty") ? "form.duty button" : "";
  for (const button of same ? document.querySelectorAll(same) : form.querySelectorAll("button")) {
    const on = same ? button.value === submitter.value : button === submitter;
    button.setAttribute("aria-pressed", on ? "true" : "false");
  }
  const chip = same && $(".duty-chip");
  if (!chip) return;
  chip.dataset.duty = submitter.value;
  chip.querySelector("summary").textContent = submitter.textContent;
  chip.querySelector("summary").setAttribute("aria-label", `值班状态：${submitter.textContent}`);
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

// The same words as handlers/desk/labels.py `span`.
function span(seconds) {
  if (seconds < 60) return seconds < 30 ? "刚刚" : "1 分钟";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} 分钟`;
  if (seconds <= 172800) return `${Math.floor(seconds / 3600)} 小时`;
  return `${Math.floor(seconds / 86400)} 天`;
}

function tick() {
  for (const time of document.querySelectorAll("time[data-since]")) {
    const waited = (Date.now() - Date.parse(time.dateTime)) / 1000;
    const words = "owed" in time.dataset ? `欠回 ${span(waited)}` : span(waited);
    if (time.textContent !== time.title) time.textContent = words;
    if ("owed" in time.dataset) owed(time, waited);
  }
}

const REMIND_SECONDS = 120;

// Amber and red by the settings, and a reminder before the claim goes back to the queue.
function owed(time, waited) {
  time.classList.toggle("amber", waited >= time.dataset.amber * 60 && waited < time.dataset.red * 60);
  time.classList.toggle("red", waited >= time.dataset.red * 60);
  const left = (Date.parse(time.dataset.expires) - Date.now()) / 1000;
  if (!(left > 0 && left < REMIND_SECONDS)) return;
  const row = time.closest("a");
  const name = row.querySelector(".name").textContent.trim();
  remind(`x${row.href}${time.dataset.expires}`, `${name} 再不回复，2 分钟内会回到待接入`, row.href);
}

// --- the list keeps its place --------------------------------------------------------------------

const SCROLL = "dianban-queue-scroll";

function keepPlace() {
  const queue = $("#queue");
  if (!queue) return;
  queue.scrollTop = Number(sessionStorage.getItem(SCROLL) || 0);
  queue.querySelector("a[aria-current=page]")?.scrollIntoView({ block: "nearest" });
  addEventListener("pagehide", () => sessionStorage.setItem(SCROLL, queue.scrollTop));
}

function onChange(event) {
  if (event.target.id !== "to") return;
  const chosen = event.target.selectedOptions[0];
  $("#off-duty").hidden = chosen?.dataset.duty !== "off";
}

// --- begin -----------------------------------------------------------------------------------------

document.addEventListener("click", onClick);
document.addEventListener("change", onChange);
for (const form of document.querySelectorAll("form[data-auto]")) form.addEventListener("change", () => form.submit());
compose.setUp(() => {
  refreshTalk();
});
document.addEventListener("submit", onSubmit);
keys.setUp();
drafts.setUp();
notify.setUp();
setInterval(tick, 15000);
tick();
if ($("#queue")) title();
keepPlace();
if (id) {
  const hash = location.hash.slice(1);
  const found = hash && hash !== "end" && document.getElementById(hash);
  if (found) found.scrollIntoView({ block: "center" });
  else if ($("#scroll")) toEnd();
  // Whoever reads the newest line still sees it when suggestions or a keyboard take some of the room.
  let low = atEnd($("#scroll"));
  new ResizeObserver(() => {
    if (low) toEnd();
  }).observe($("#scroll"));
  $("#scroll").addEventListener("scroll", () => {
    low = atEnd($("#scroll"));
    if ($("#scroll").scrollTop < 120) loadOlder();
    if (atEnd($("#scroll"))) below(false);
  });
  compose.here();
  setInterval(() => {
    if (!document.hidden) compose.here();
  }, 10000);
  addEventListener("pagehide", () => {
    const gone = new FormData();
    gone.set("gone", "1");
    gone.set("csrf_token", document.querySelector('meta[name="csrf"]').content);
    navigator.sendBeacon(`${body.dataset.base}/here`, gone);
  });
}
const refreshPage = gently(async () => {
  const fresh = fragment(await (await ask(body.dataset.refresh)).text());
  patch($("#main"), fresh.querySelector("#main"));
  tick();
});
follow(onNews);
