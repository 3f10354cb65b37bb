// Being told when the page is not in sight: a notification and a short tone, after consent.
const button = document.querySelector("[data-notify]");
const asked = () => localStorage.getItem("dianban-notify") === "on";
let audio = null;

export function setUp() {
  if (!button || !("Notification" in window)) return;
  const show = () => {
    button.hidden = false;
    button.textContent = asked() ? "关闭提醒和声音" : "打开提醒和声音";
  };
  button.addEventListener("click", async () => {
    if (asked()) localStorage.setItem("dianban-notify", "off");
    else if ((await Notification.requestPermission()) === "granted") {
      localStorage.setItem("dianban-notify", "on");
      tone();
    } else button.textContent = "浏览器不允许提醒，请在地址栏左边打开";
    if (Notification.permission === "granted") show();
  });
  show();
}

export function alertPerson(title, text, address) {
  if (!asked() || Notification.permission !== "granted") return;
  tone();
  if (!document.hidden) return;
  const note = new Notification(title, { body: text, tag: address });
  note.onclick = () => {
    focus();
    location.href = address;
  };
}

function tone() {
  audio ||= new AudioContext();
  const source = audio.createOscillator();
  const volume = audio.createGain();
  source.frequency.value = 660;
  volume.gain.setValueAtTime(0.08, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + 0.35);
  source.connect(volume).connect(audio.destination);
  source.start();
  source.stop(audio.currentTime + 0.35);
}
