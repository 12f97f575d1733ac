// The symbols of facilities: a disc in the colour of the group with the icon of the kind; a place
// that is known only roughly is an open ring. A marker has the shape of its state. Drawn when the
// map first asks for one.

const SIDE = 26;
const SHARP = 2;
const PANEL = '#fff';

function draw(colour, rough, icon) {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIDE * SHARP;
  const pen = canvas.getContext('2d');
  pen.scale(SHARP, SHARP);
  pen.beginPath();
  pen.arc(SIDE / 2, SIDE / 2, rough ? 10.5 : 12, 0, 2 * Math.PI);
  pen.fillStyle = rough ? PANEL : colour;
  pen.fill();
  pen.lineWidth = rough ? 2.4 : 1.5;
  pen.strokeStyle = rough ? colour : PANEL;
  if (rough) pen.setLineDash([4, 2]);
  pen.stroke();
  if (icon) pen.drawImage(icon, 6, 6, 14, 14);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

export function drawMark({ path, fill, stroke, width }) {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIDE * SHARP;
  const pen = canvas.getContext('2d');
  pen.scale((SIDE * SHARP) / 28, (SIDE * SHARP) / 28);
  pen.translate(2, 2);
  const shape = new Path2D(path);
  pen.lineJoin = pen.lineCap = 'round';
  // A pale edge lets the shape stand out on any ground.
  pen.strokeStyle = PANEL;
  pen.lineWidth = width + 2.4;
  pen.stroke(shape);
  if (fill !== 'none') {
    pen.fillStyle = fill;
    pen.fill(shape);
  }
  pen.strokeStyle = stroke;
  pen.lineWidth = width;
  pen.stroke(shape);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

async function readIcon(address, colour) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`symbol ${answer.status}`);
  const svg = (await answer.text()).replaceAll('currentColor', colour);
  const icon = new Image(56, 56);
  icon.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await icon.decode();
  return icon;
}

/**
 * Draw what the style names "facility:<group>:<symbol>:<sure or rough>" or "marker:<group of
 * states>" when the map asks for it.
 */
export function wireSymbols(map, folder, { colours, marks }) {
  map.setMissingStyleImageResolver(async (id) => {
    const [kind, group, symbol, sure] = id.split(':');
    if (kind === 'marker' && !map.hasImage(id)) {
      map.addImage(id, drawMark(marks[group]), { pixelRatio: SHARP });
    }
    if (kind !== 'facility') return;
    const rough = sure === 'rough';
    const colour = colours[group];
    // Without its icon the disc alone still says where and of which group.
    const icon = await readIcon(`${folder}${symbol}.svg`, rough ? colour : PANEL).catch(() => null);
    if (!map.hasImage(id)) map.addImage(id, draw(colour, rough, icon), { pixelRatio: SHARP });
  });
}
