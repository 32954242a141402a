// What pages do beyond links and forms, without which they work as well.
"use strict";

// Buttons that copy: the text beside them, or the address
function copied(button, text) {
  navigator.clipboard.writeText(text).then(() => {
    const before = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = before; }, 1500);
  });
}
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", () => copied(button, button.parentElement.querySelector("code").textContent));
}
for (const button of document.querySelectorAll("[data-copy-address]")) {
  button.addEventListener("click", () => copied(button, location.href));
}

// Forms with one choice
for (const form of document.querySelectorAll("form[data-at-once]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

// On narrow screens filters are closed until somebody wants them.
const filters = document.querySelector(".filters > details");
if (filters && matchMedia("(max-width: 56rem)").matches) filters.open = false;

// A picture that cannot be drawn says so in its place.
function tellOf(image) {
  const place = document.createElement("span");
  place.className = "missing";
  place.textContent = `${image.alt}: cannot be shown, as it is damaged, too large or gone`;
  image.replaceWith(place);
}
for (const image of document.querySelectorAll("main img")) {
  if (image.complete && !image.naturalWidth && !image.currentSrc.endsWith(".svg")) tellOf(image);
  else image.addEventListener("error", () => tellOf(image));
}

// Figures: a click enlarges, arrow keys go on.
const links = [...document.querySelectorAll("[data-gallery] a[data-caption]")];
if (links.length) {
  const dialog = document.createElement("dialog");
  const image = document.createElement("img");
  const caption = document.createElement("p");
  const buttons = document.createElement("p");
  buttons.className = "buttons";
  let shown = 0;
  const show = (number) => {
    shown = (number + links.length) % links.length;
    image.src = links[shown].href;
    image.alt = links[shown].querySelector("img")?.alt ?? links[shown].textContent;
    caption.textContent = `${links[shown].dataset.caption} (${shown + 1} of ${links.length})`;
    if (!dialog.open) dialog.showModal();
  };
  for (const [name, act] of [["Previous", () => show(shown - 1)], ["Next", () => show(shown + 1)], ["Close", () => dialog.close()]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", act);
    buttons.append(button);
  }
  dialog.setAttribute("aria-label", "Figure");
  dialog.append(image, caption, buttons);
  document.body.append(dialog);
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") show(shown + 1);
    if (event.key === "ArrowLeft") show(shown - 1);
  });
  dialog.addEventListener("close", () => links[shown].focus());
  links.forEach((link, number) => link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(number);
  }));
}
