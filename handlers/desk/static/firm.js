// The firm's form: the phone shows the text that is being written, else how the bot welcomes.
const form = document.querySelector("[data-firm]");
const bubble = form.querySelector("[data-bubble]");
const bar = form.querySelector("[data-menu]");
const size = form.querySelector("[data-size]");
const limit = Number(form.dataset.limit);
const encoder = new TextEncoder();

function fields(name) {
  return [...form.querySelectorAll(`[name="${name}"]`)];
}

function values(name) {
  return fields(name).map((field) => field.value.trim());
}

// The program's own texts say what the firm calls its people.
function said(field) {
  const text = field.value.trim();
  const ours = field.dataset.ours !== undefined && field.value === field.defaultValue;
  return ours ? text.replaceAll("顾问", values("person")[0] || "顾问") : text;
}

function welcome() {
  const things = [...values("thing_label").filter(Boolean), said(fields("text:label_human")[0])];
  const lines = things.map((thing, number) => `${number + 1} ${thing}`).join("\n");
  return [values("text:welcome")[0], lines, said(fields("text:things_footer")[0])].filter(Boolean).join("\n\n");
}

function show() {
  const field = document.activeElement;
  const writing = field?.matches?.("[data-text]") && field.name !== "text:welcome" ? field : null;
  bubble.textContent = writing ? said(writing) || "（清空了，用自带的）" : welcome();
  const bytes = writing ? encoder.encode(writing.value.trim()).length : 0;
  size.textContent = writing ? `${bytes} / ${limit} 字节${bytes > limit ? "，太长了" : ""}` : "";
  size.classList.toggle("bad", bytes > limit);
  bar.replaceChildren(
    ...values("button_name")
      .filter(Boolean)
      .map((name) => {
        const button = document.createElement("span");
        button.textContent = name;
        return button;
      }),
  );
}

function check(field) {
  const over = encoder.encode(field.value.trim()).length > Number(field.dataset.most);
  field.setCustomValidity(over ? "微信只收 16 个字节，5 个汉字以内" : "");
}

function addresses() {
  for (const row of form.querySelectorAll(".menu-row")) {
    row.querySelector("[name=button_url]").hidden = row.querySelector("[data-target]").value !== "url";
  }
}

form.addEventListener("input", (event) => {
  if (event.target.dataset.most) check(event.target);
  addresses();
  show();
});
form.addEventListener("focusin", show);
addresses();
show();
