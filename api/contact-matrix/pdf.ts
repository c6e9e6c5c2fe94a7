/** The page of a contact matrix as PDF: one sheet of paper, whatever has to shrink for it. */
import { createRequire } from 'node:module';
import PDFDocument from 'pdfkit';
import type { Page, PageLine } from '../../domain/contact-matrix/page.js';

/** Points: A4 lying. */
const WIDTH = 842;
const HEIGHT = 595;
const MARGIN = 28;
const LARGEST = 10;
const SMALLEST = 4;
/** Height of a line of text in parts of its size. */
const LEADING = 1.35;
/** Share of the width that each column takes. */
const COLUMNS: readonly (readonly [keyof PageLine, number])[] = [
  ['level', 0.04],
  ['phone', 0.15],
  ['name', 0.16],
  ['role', 0.12],
  ['email', 0.21],
  ['details', 0.32],
];

// Names are written in many alphabets; the fonts that every PDF reader has know only one.
const font = (name: string) => createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`);

/** Gives the bytes of the document. */
export async function pagePdf(page: Page): Promise<Buffer> {
  const document = new PDFDocument({
    size: [WIDTH, HEIGHT],
    margin: MARGIN,
    bufferPages: true,
    info: { Title: page.title, Producer: 'Care Plus', Creator: 'Care Plus' },
  });
  const chunks: Buffer[] = [];
  const done = new Promise<Buffer>((resolve, reject) => {
    document.on('data', (chunk: Buffer) => chunks.push(chunk));
    document.on('end', () => {
      resolve(Buffer.concat(chunks));
    });
    document.on('error', reject);
  });
  document.registerFont('plain', font('DejaVuSansCondensed'));
  document.registerFont('bold', font('DejaVuSansCondensed-Bold'));
  draw(document, page);
  document.end();
  return done;
}

function draw(document: PDFKit.PDFDocument, page: Page): void {
  const contacts = page.groups.reduce((count, group) => count + group.lines.length, 0);
  const lines = 2 + page.facts.length + page.rules.length + page.groups.length * 2 + contacts;
  const size = Math.max(SMALLEST, Math.min(LARGEST, (HEIGHT - 2 * MARGIN) / (lines * LEADING)));
  const height = size * LEADING;
  let y = MARGIN;
  const line = (text: string, style: 'plain' | 'bold' = 'plain', x = MARGIN, width = WIDTH - 2 * MARGIN) => {
    document
      .font(style)
      .fontSize(size)
      .text(fitted(document, text, width), x, y, { lineBreak: false });
  };
  const next = (): boolean => {
    y += height;
    return y + height <= HEIGHT - MARGIN;
  };
  line(page.title, 'bold');
  next();
  for (const fact of page.facts) {
    line(fact);
    next();
  }
  // What does not fit any more is said, with the rules, on the last lines of the sheet.
  const last = HEIGHT - MARGIN - (page.rules.length + 1) * height;
  let left = contacts;
  for (const { title, lines: group } of page.groups) {
    if (y + 2 * height > last) break;
    next();
    line(title, 'bold');
    next();
    for (const contact of group) {
      if (y + height > last) break;
      let x = MARGIN;
      for (const [column, share] of COLUMNS) {
        const width = (WIDTH - 2 * MARGIN) * share;
        line(contact[column], column === 'phone' ? 'bold' : 'plain', x, width - 4);
        x += width;
      }
      left -= 1;
      next();
    }
  }
  if (left > 0) line(`${String(left)} more contacts: careplus matrix print --format text`, 'bold');
  y = last + height;
  for (const rule of page.rules) {
    line(rule);
    next();
  }
}

/** Cut at the end of its column; a number is never cut in the widths above. */
function fitted(document: PDFKit.PDFDocument, text: string, width: number): string {
  if (document.widthOfString(text) <= width) return text;
  let end = text.length;
  while (end > 0 && document.widthOfString(`${text.slice(0, end)}…`) > width) end -= 1;
  return `${text.slice(0, end)}…`;
}
