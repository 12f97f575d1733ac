// A place to sign by hand: the path of the pen goes into the field beside it. Without this script the
// field stays empty, and the signature by key is the same.

const WIDE = 300;
const HIGH = 100;

/** Open every pad that is not open yet. */
export function openPads(root) {
  for (const pad of root.querySelectorAll('[data-pad]')) {
    if (!pad.firstChild) open(pad, document.getElementById(pad.dataset.pad));
  }
}

function open(pad, field) {
  const canvas = document.createElement('canvas');
  canvas.width = WIDE * 2;
  canvas.height = HIGH * 2;
  canvas.setAttribute('aria-label', pad.dataset.label);
  const clear = document.createElement('button');
  clear.type = 'button';
  clear.className = 'button small';
  clear.textContent = pad.dataset.clear;
  pad.append(canvas, clear);
  pad.hidden = false;
  field.type = 'hidden';
  const pen = canvas.getContext('2d');
  pen.scale(2, 2);
  pen.lineWidth = 2;
  pen.lineCap = pen.lineJoin = 'round';
  let drawing = false;
  const at = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    return [((clientX - box.left) / box.width) * WIDE, ((clientY - box.top) / box.height) * HIGH].map((side) => side.toFixed(1));
  };
  const go = (event) => {
    const [x, y] = at(event);
    field.value += `${drawing ? 'L' : 'M'}${x} ${y}`;
    if (!drawing) pen.beginPath();
    pen[drawing ? 'lineTo' : 'moveTo'](x, y);
    pen.stroke();
    drawing = true;
  };
  canvas.addEventListener('pointerdown', (event) => { canvas.setPointerCapture(event.pointerId); go(event); });
  canvas.addEventListener('pointermove', (event) => { if (drawing) go(event); });
  for (const end of ['pointerup', 'pointercancel']) canvas.addEventListener(end, () => { drawing = false; });
  clear.addEventListener('click', () => {
    field.value = '';
    pen.clearRect(0, 0, WIDE, HIGH);
  });
}
