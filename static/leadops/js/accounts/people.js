/* On a phone no heading stands over the cells: each says itself what it is. */

for (const table of document.querySelectorAll("#result_list")) {
  const headings = [...table.tHead.rows[0].cells].map((cell) => cell.innerText.trim());
  for (const cell of table.querySelectorAll(".field-factor, .field-seen, .field-active"))
    cell.dataset.label = headings[cell.cellIndex];
}
