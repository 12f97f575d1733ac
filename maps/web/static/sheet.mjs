// On a phone the panel is a sheet: a tap or a swipe on its handle opens it to full and back.

const SWIPE_PX = 24;

export function openSheet(sheet, handle) {
  let from = null;

  const set = (open) => {
    sheet.classList.toggle('open', open);
    handle.setAttribute('aria-expanded', String(open));
  };

  handle.addEventListener('click', () => set(!sheet.classList.contains('open')));
  handle.addEventListener('touchstart', (event) => { from = event.touches[0].clientY; }, { passive: true });
  handle.addEventListener('touchend', (event) => {
    const moved = event.changedTouches[0].clientY - from;
    if (Math.abs(moved) < SWIPE_PX) return;
    event.preventDefault();
    set(moved < 0);
  });
  return { close: () => set(false) };
}
