/* A message that is pasted into the search field is searched for by its plain words. Signs such as - and : are operators there,
   and names, paths and numbers differ each time, so that no page has them. */
const plainWords = (text) => {
  const parts = text.trim().split(/\s+/)
  const plain = parts.filter((part) => !/[/\\\d]|\.\w/.test(part))
  return (plain.length ? plain : parts).join(" ").replace(/[^\p{L}\p{N}_]+/gu, " ").trim()
}

document.addEventListener("paste", (event) => {
  const field = event.target
  if (!(field instanceof HTMLInputElement) || field.dataset.mdComponent !== "search-query") return
  event.preventDefault()
  const words = plainWords(event.clipboardData.getData("text"))
  field.setRangeText(words, field.selectionStart, field.selectionEnd, "end")
  // What the search listens to
  field.dispatchEvent(new KeyboardEvent("keyup", { bubbles: true }))
})
