/** A line of a page: points from the left and the bottom, and the size of its letters. */
export interface PdfText {
  text: string
  x: number
  y: number
  size: number
}

const escapePdf = (text: string): string => text.replace(/[\\()]/g, '\\$&')

/** A PDF 1.4 file with Helvetica. A page without texts shows a grey rectangle, as a scanned image would. */
export function makePdf(pages: readonly (readonly PdfText[])[], title = ''): Uint8Array {
  const objects: string[] = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, i) => `${5 + 2 * i} 0 R`).join(' ')}] >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
    `<< /Title (${escapePdf(title)}) >>`,
  ]
  for (const [i, texts] of pages.entries()) {
    const stream =
      texts.length === 0
        ? '0.8 g 50 50 500 700 re f'
        : texts
            .map(
              ({ text, x, y, size }) => `BT /F1 ${size} Tf ${x} ${y} Td (${escapePdf(text)}) Tj ET`,
            )
            .join('\n')
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${6 + 2 * i} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`,
      `<< /Length ${Buffer.byteLength(stream, 'latin1')} >>\nstream\n${stream}\nendstream`,
    )
  }
  let file = '%PDF-1.4\n'
  const offsets = objects.map((object, i) => {
    const offset = file.length
    file += `${i + 1} 0 obj\n${object}\nendobj\n`
    return offset
  })
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R /Info 4 0 R >>\nstartxref\n${file.length}\n%%EOF\n`
  return Buffer.from(
    `${file}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}${trailer}`,
    'latin1',
  )
}

/** Lines down a page, 14 points apart; `top` is the first one's height. */
export const pdfLines = (lines: readonly string[], top = 700, size = 11): PdfText[] =>
  lines.map((text, i) => ({ text, x: 72, y: top - 14 * i, size }))
