
(() => {
  // The map is folium's, under the name it always has here.
  const map = map_run;
  const [west, south, east, north] = JSON.parse(document.body.dataset.bounds);
  const home = [[south, west], [north, east]];
  const packed = JSON.parse(document.getElementById('streets').textContent);

  const unpack = (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return new Uint16Array(bytes.buffer);
  };
  const counts = unpack(packed.counts);
  const steps = unpack(packed.steps);
  const STEPS = 65535;
  const AT_ONCE = 300;
  const NEAR_ZOOM = 12.5;

  // The box of each line, so that a tile draws only what reaches into it.
  const starts = new Uint32Array(counts.length + 1);
  const boxes = new Uint16Array(counts.length * 4);
  counts.forEach((count, line) => {
    starts[line + 1] = starts[line] + count;
    let [left, top, right, low] = [STEPS, STEPS, 0, 0];
    for (let i = starts[line]; i < starts[line + 1]; i += 1) {
      const [x, y] = [steps[2 * i], steps[2 * i + 1]];
      left = Math.min(left, x); right = Math.max(right, x);
      top = Math.min(top, y); low = Math.max(low, y);
    }
    boxes.set([left, top, right, low], 4 * line);
  });

  const Streets = L.GridLayer.extend({
    createTile({ x, y, z }) {
      const size = this.getTileSize().x;
      const sharp = Math.min(devicePixelRatio || 1, 2);
      const tile = document.createElement('canvas');
      tile.width = tile.height = size * sharp;
      const pen = tile.getContext('2d');
      const world = 2 ** z;
      const scale = packed.span.map((span) => (span / STEPS) * world * size * sharp);
      const shift = packed.low.map((low, axis) => (low * world - [x, y][axis]) * size * sharp);
      const reach = 4 * sharp;
      const from = shift.map((part, axis) => (-reach - part) / scale[axis]);
      const to = shift.map((part, axis) => (size * sharp + reach - part) / scale[axis]);
      pen.strokeStyle = 'rgb(65 70 75 / 42%)';
      pen.lineWidth = sharp * Math.min(Math.max(0.28 * 1.42 ** (z - 10), 0.3), 3.2);
      pen.lineJoin = 'round';
      // Strokes of one path are joined before they are drawn, which takes long for very many.
      let waiting = 0;
      const draw = () => { pen.stroke(); pen.beginPath(); waiting = 0; };
      pen.beginPath();
      for (let line = 0; line < counts.length; line += 1) {
        const box = 4 * line;
        if (boxes[box] > to[0] || boxes[box + 2] < from[0]
          || boxes[box + 1] > to[1] || boxes[box + 3] < from[1]) continue;
        for (let i = starts[line]; i < starts[line + 1]; i += 1) {
          const px = steps[2 * i] * scale[0] + shift[0];
          const py = steps[2 * i + 1] * scale[1] + shift[1];
          if (i === starts[line]) pen.moveTo(px, py);
          else pen.lineTo(px, py);
        }
        waiting += counts[line];
        if (waiting > AT_ONCE) draw();
      }
      draw();
      return tile;
    },
  });
  map.createPane('streets').style.zIndex = 410;
  map.getPane('streets').style.pointerEvents = 'none';
  if (counts.length) new Streets({ pane: 'streets', maxZoom: 18 }).addTo(map);

  map.eachLayer((layer) => {
    if (layer.options.popupHtml) layer.bindPopup(layer.options.popupHtml, { maxWidth: 260 });
  });

  L.control.scale({ imperial: false }).addTo(map);

  // From far marks are small, and dots where they are many, so that the cells beneath are seen.
  const CROWD = 150;
  const marks = document.querySelectorAll('.facility').length;
  map.getContainer().classList.toggle('crowded', marks > CROWD);
  const measure = () => map.getContainer().classList.toggle('near', map.getZoom() >= NEAR_ZOOM);
  map.on('zoomend', measure);

  const fit = () => { map.invalidateSize({ animate: false }); map.fitBounds(home, { animate: false, padding: [12, 12] }); };
  fit();
  measure();
  addEventListener('beforeprint', () => {
    for (const one of document.querySelectorAll('details')) one.open = true;
    fit();
  });
  addEventListener('afterprint', fit);
  if (matchMedia('(max-width: 860px)').matches) document.querySelector('.legend').open = false;
  document.body.dataset.ready = '';
})();
