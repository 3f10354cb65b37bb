// A phone: shows what the simulator shows, sends what a merchant does.
const base = document.body.dataset.base;
const token = document.querySelector('meta[name="csrf"]').content;
const chat = document.getElementById("chat");
const wire = document.getElementById("wire");
const text = document.getElementById("text");
const trouble = document.getElementById("trouble");
const EVERY = 500;
const GAP = 5 * 60 * 1000;
const EVENTS = { subscribe: "你关注了公众号", unsubscribe: "你取消了关注", scan: "你扫了二维码" };
const SENDERS = {
  phone: "手机 → 微信 → 程序(XML 推送)",
  reply: "程序 → 微信 → 手机(被动回复，不占条数)",
  api: "程序 → 微信 → 手机(客服消息接口)",
  wechat: "微信自己的提示",
};
let last = 0;
let lastTime = 0;
let timer = 0;

async function look() {
  clearTimeout(timer);
  try {
    const answer = await fetch(`${base}/news?after=${last}`);
    if (!answer.ok) throw new Error();
    const news = await answer.json();
    for (const line of news.lines) if (line.n > last) show(line);
    quota(news);
    trouble.hidden = true;
  } catch {
    trouble.textContent = "连不上程序，正在重连。";
    trouble.hidden = false;
  }
  clearTimeout(timer);
  timer = setTimeout(look, document.hidden ? EVERY * 4 : EVERY);
}

function show(line) {
  last = Math.max(last, line.n);
  const low = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 120;
  const at = Date.parse(line.at);
  if (at - lastTime > GAP) chat.append(plain("time", clock(at)));
  lastTime = at;
  chat.append(bubble(line));
  const log = document.createElement("li");
  const head = document.createElement("p");
  const body = document.createElement("pre");
  head.textContent = `${new Date(at).toLocaleTimeString("zh-CN", { hour12: false })} ${SENDERS[line.from]}`;
  body.textContent = line.raw;
  log.append(head, body);
  wire.append(log);
  wire.scrollTop = wire.scrollHeight;
  if (low || line.from === "phone") chat.scrollTop = chat.scrollHeight;
}

function bubble(line) {
  const event = EVENTS[line.kind] || (line.kind === "event" ? EVENTS[line.text.toLowerCase()] : "");
  if (line.from === "wechat") return plain("notice", line.text);
  if (event) return plain("notice", event);
  const item = document.createElement("div");
  item.className = line.from === "phone" ? "line mine" : "line";
  const face = document.createElement("span");
  face.className = "face";
  face.setAttribute("aria-hidden", "true");
  face.textContent = line.from === "phone" ? "我" : "店";
  const said = document.createElement("div");
  said.className = "bubble";
  if (line.media_id && line.kind === "image") {
    const picture = document.createElement("img");
    picture.src = `${base}/media/${encodeURIComponent(line.media_id)}`;
    picture.alt = line.from === "phone" ? "我发的图片" : "收到的图片";
    picture.addEventListener("load", () => {
      chat.scrollTop = chat.scrollHeight;
    });
    said.append(picture);
  } else said.textContent = line.kind === "text" ? line.text : menuName(line) || line.text || `[${line.kind}]`;
  item.append(face, said);
  return item;
}

function menuName(line) {
  const found = [...document.querySelectorAll("[data-key]")].find((button) => button.dataset.key === line.text);
  return found ? found.textContent : "";
}

function plain(kind, words) {
  const item = document.createElement("div");
  item.className = kind;
  item.textContent = words;
  return item;
}

function clock(at) {
  const then = new Date(at);
  const time = then.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
  return then.toDateString() === new Date().toDateString()
    ? time
    : `${then.getMonth() + 1}月${then.getDate()}日 ${time}`;
}

function quota(news) {
  const left = news.left === null ? "发送窗口没有打开" : `微信还允许客服接口发 ${news.left} 条`;
  document.getElementById("quota").textContent = news.following ? left : `已取消关注 · ${left}`;
}

async function send(path, fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  try {
    const answer = await fetch(`${base}/${path}`, { method: "POST", body, headers: { "X-CSRFToken": token } });
    if (answer.status === 415 || answer.status === 400)
      throw new Error(
        "发不了这种文件。图片要 JPG、PNG 或 GIF，语音要 AMR 或 MP3，文件可以是 PDF、Word、Excel 或压缩包。",
      );
    if (!answer.ok) throw new Error("没有发出去，请再试一次。");
  } catch (problem) {
    trouble.textContent = problem.message;
    trouble.hidden = false;
    return false;
  }
  setTimeout(look, 60);
  return true;
}

async function say() {
  const words = text.value.trim();
  if (!words) return;
  text.value = "";
  grow();
  if (!(await send("say", { text: words }))) text.value = words;
}

function grow() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 2}px`;
}

function kindOf(file) {
  if (file.type.startsWith("image/")) return "image";
  return file.type.startsWith("audio/") || file.name.endsWith(".amr") ? "voice" : "file";
}

function swap(toMenu) {
  document.getElementById("menu").hidden = !toMenu;
  document.getElementById("write").hidden = toMenu;
  document.getElementById(toMenu ? "back" : "text").focus();
}

document.getElementById("write").addEventListener("submit", (event) => {
  event.preventDefault();
  say();
});
text.addEventListener("input", grow);
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    say();
  }
});
document.getElementById("swap")?.addEventListener("click", () => swap(true));
document.getElementById("back")?.addEventListener("click", () => swap(false));
document.getElementById("picture").addEventListener("change", async (event) => {
  for (const file of event.target.files) await send(kindOf(file), { file });
  event.target.value = "";
});
for (const button of document.querySelectorAll("[data-event]")) {
  button.addEventListener("click", () => {
    send("event", { event: button.dataset.event, key: button.dataset.key || "" });
    document.querySelector(".more").open = false;
  });
}
look();
