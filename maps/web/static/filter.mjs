// Which kinds of facility are shown: ticks in the page, told to whoever asked; none means all.

/** Wire the filter; `changed` gets the kinds that are ticked. Without facilities there is none. */
export function openFilter(place, changed) {
  if (!place) return { show() {} };
  const boxes = [...place.querySelectorAll('input[name="kind"]')];
  const count = place.querySelector('.count');
  const ticked = () => boxes.filter((box) => box.checked).map((box) => box.value);
  const tell = () => { count.textContent = ticked().length ? `${ticked().length}/${boxes.length}` : ''; };

  place.addEventListener('change', () => { tell(); changed(ticked()); });
  place.querySelector('form').addEventListener('submit', (event) => event.preventDefault());
  place.querySelector('[type="reset"]').addEventListener('click', (event) => {
    event.preventDefault();
    if (!ticked().length) return;
    for (const box of boxes) box.checked = false;
    tell();
    changed([]);
  });
  place.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !place.open) return;
    event.preventDefault();
    place.open = false;
    place.querySelector('summary').focus();
  });
  return {
    show(kinds) {
      for (const box of boxes) box.checked = kinds.includes(box.value);
      tell();
    },
  };
}
