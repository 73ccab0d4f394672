// SPDX-License-Identifier: Apache-2.0
// Drops are red and hatched: every band has its own lines, as the style sheet's swatches have.

import type uPlot from 'uplot';

/** Angles in degrees; two make a grid. In the order of `--drop-1` and on. */
const ANGLES = [[45], [135], [0], [90], [45, 135], [0, 90], [45], [135]];
const GAPS = [6, 6, 5, 5, 8, 7, 10, 12];
/** Both as hexadecimal opacity. */
const GROUND = '38';
const LINES = 'c8';

/** A tile that repeats without a seam: its lines leave where they come in. */
function tile(kind: number, colour: string): HTMLCanvasElement {
  const ratio = devicePixelRatio || 1;
  const size = Math.round(GAPS[kind]! * ratio);
  const canvas = document.createElement('canvas');
  canvas.width = size;
  canvas.height = size;
  const context = canvas.getContext('2d')!;
  context.fillStyle = `${colour}${GROUND}`;
  context.fillRect(0, 0, size, size);
  context.strokeStyle = `${colour}${LINES}`;
  context.lineWidth = 1.5 * ratio;
  context.beginPath();
  for (const angle of ANGLES[kind]!) {
    if (angle === 0) line(context, 0, size / 2, size, size / 2);
    else if (angle === 90) line(context, size / 2, 0, size / 2, size);
    else {
      const up = angle === 45;
      for (const shift of [-size, 0, size]) {
        line(context, shift - size, up ? 2 * size : -size, shift + 2 * size, up ? -size : 2 * size);
      }
    }
  }
  context.stroke();
  return canvas;
}

function line(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
}

/** The fill of a band for uPlot; `kind` counts from 1. */
export function hatch(kind: number, colour: string): (plot: uPlot) => CanvasPattern | string {
  const drawn = tile((kind - 1) % ANGLES.length, colour);
  return (plot) => plot.ctx.createPattern(drawn, 'repeat') ?? `${colour}${GROUND}`;
}
