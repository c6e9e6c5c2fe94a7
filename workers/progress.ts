// What `npm start` shows: one line for each part, with the present one alive on a terminal.
import pico from 'picocolors';
import type { Colors } from 'picocolors/types.js';
import type { Progress } from './supervisor.js';

export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const CLEAR_LINE = '\r\u001b[2K';

/** Lines with the time that each part took. Without a terminal nothing is overwritten, so it also reads in a log. */
export const screenProgress = (screen: Screen): Progress => {
  // The library also colours where CI is set; a log is no terminal.
  const paint = pico.createColors(screen.isTTY === true && pico.isColorSupported);
  let present: string | undefined;
  const live = screen.isTTY === true;
  const line = (text: string): void => {
    const redraw = present === undefined ? '' : waiting(paint, present);
    screen.write(live ? `${CLEAR_LINE}${text}\n${redraw}` : `${text}\n`);
  };
  const finish = (text: string): void => {
    present = undefined;
    line(text);
  };
  return {
    starting: (title) => {
      present = title;
      if (live) screen.write(waiting(paint, title));
    },
    started: (title, detail, tookMs) =>
      finish(`${paint.green('✔')} ${title}${describe(paint, detail, tookMs)}`),
    failed: (title) => finish(`${paint.red('✖')} ${title}`),
    note: (sentence) => line(paint.dim(`  ${sentence}`)),
  };
};

const waiting = (paint: Colors, title: string): string => `${paint.cyan('…')} ${title}`;

const describe = (paint: Colors, detail: string | undefined, tookMs: number): string => {
  const seconds = `${(tookMs / 1000).toFixed(1)} s`;
  return detail === undefined ? paint.dim(` (${seconds})`) : ` ${detail} ${paint.dim(`(${seconds})`)}`;
};
