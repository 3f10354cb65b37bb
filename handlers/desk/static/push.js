// The page where a device is made to ring: subscribe, try, end.
import { post, tell } from "./net.js";

const place = document.getElementById("push");
const state = document.getElementById("push-state");
const [on, off] = ["push-on", "push-off"].map((id) => document.getElementById(id));
const WORKER = "/desk/service-worker.js";

async function show() {
  if (!("serviceWorker" in navigator && "PushManager" in window)) {
    state.textContent = /iPhone|iPad/.test(navigator.userAgent)
      ? "先点浏览器的「分享」，选「添加到主屏幕」，再从主屏幕打开店伴，这里就能打开提醒。"
      : "这个浏览器不能在关着的时候提醒。请用 Chrome、Edge、Firefox 或 Safari。";
    return;
  }
  const worker = await navigator.serviceWorker.register(WORKER, { scope: "/desk/" });
  const subscription = await worker.pushManager.getSubscription();
  // A browser keeps its subscription when the login that it rang for has ended.
  const rings = JSON.parse(place.dataset.rings).includes(subscription?.endpoint);
  on.hidden = rings;
  off.hidden = !rings;
  state.textContent = rings ? "这台设备会响。" : "这台设备还不会响。";
}

async function subscribe() {
  if ((await Notification.requestPermission()) !== "granted")
    throw new Error("浏览器不允许提醒。请在网站设置里允许通知，再点一次。");
  const worker = await navigator.serviceWorker.ready;
  const wanted = { userVisibleOnly: true, applicationServerKey: place.dataset.key };
  const subscription = await worker.pushManager.subscribe(wanted).catch(() => {
    throw new Error("浏览器连不上它的推送服务，这台设备收不到提醒。可以改用企业微信群提醒。");
  });
  const { endpoint, keys } = subscription.toJSON();
  await send("", { endpoint, ...keys });
}

async function unsubscribe() {
  const worker = await navigator.serviceWorker.ready;
  const subscription = await worker.pushManager.getSubscription();
  await send("/end", { endpoint: subscription.endpoint });
  await subscription.unsubscribe();
}

async function send(path, fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  return (await post(`${place.dataset.base}${path}`, body)).json();
}

function when(button, work) {
  button?.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await work();
    } catch (problem) {
      tell(problem.message);
    }
    button.disabled = false;
  });
}

when(on, async () => {
  await subscribe();
  location.reload();
});
when(off, async () => {
  await unsubscribe();
  location.reload();
});
when(document.getElementById("push-try"), async () => tell((await send("/try", {})).message));
show();
