// A figure by itself, large: a click or Enter opens it, arrow keys go on, Escape closes
const viewer = document.querySelector(".viewer");

function openable(figure) {
  const image = figure.querySelector("img");
  const button = element("button", { type: "button", className: "enlarge", title: "Enlarge" });
  (image.closest("a") ?? image).replaceWith(button);
  button.append(image);
  button.addEventListener("click", () => show(figure));
}

const neighbours = () => [...document.querySelectorAll(".gallery figure:not(.missing)")];
let current = null;

function show(figure) {
  current = figure;
  const all = neighbours();
  const { label, name, link } = figure.dataset;
  viewer.querySelector(".mat").replaceChildren(element("img", { src: figure.querySelector("img").src, alt: `${name} of ${label}` }));
  viewer.querySelector(".caption").replaceChildren(breakable(label), " ", element("span", { className: "muted" }, breakable(name), ` ${all.indexOf(figure) + 1} of ${all.length}`));
  viewer.querySelector(".file").replaceChildren(...(link ? [element("a", { href: link, target: "_blank", rel: "noopener", textContent: "open the file" })] : []));
  if (!viewer.open) viewer.showModal();
}

function step(to) {
  const all = neighbours();
  const places = { next: all.indexOf(current) + 1, previous: all.indexOf(current) - 1, first: 0, last: all.length - 1 };
  show(all[(places[to] + all.length) % all.length]);
}

if (viewer) {
  const keys = { ArrowRight: "next", ArrowDown: "next", ArrowLeft: "previous", ArrowUp: "previous", Home: "first", End: "last" };
  viewer.addEventListener("keydown", (event) => {
    if (!keys[event.key]) return;
    event.preventDefault();
    step(keys[event.key]);
  });
  for (const button of viewer.querySelectorAll("[data-step]")) button.addEventListener("click", () => step(button.dataset.step));
  viewer.querySelector(".close").addEventListener("click", () => viewer.close());
  viewer.addEventListener("click", (event) => event.target === viewer && viewer.close()); // beside the figure
  viewer.addEventListener("close", () => current.querySelector("button").focus());
}
