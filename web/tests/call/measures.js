// Measures of one luma plane against another.

/** BT.601 luma in full range of RGBA pixels, as numbers from 0 to 255. */
export function luma({ data }) {
  const plane = new Float32Array(data.length / 4);
  for (let at = 0; at < plane.length; at++) {
    plane[at] = 0.299 * data[4 * at] + 0.587 * data[4 * at + 1] + 0.114 * data[4 * at + 2];
  }
  return plane;
}

export function psnr(one, other) {
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += (one[at] - other[at]) ** 2;
  return 10 * Math.log10((255 * 255 * one.length) / sum);
}

/** Mean structural similarity over windows of 8x8, a step of 4 apart. */
export function ssim(one, other, width, height) {
  const [side, step] = [8, 4];
  const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];
  let [total, windows] = [0, 0];
  for (let top = 0; top + side <= height; top += step) {
    for (let left = 0; left + side <= width; left += step) {
      let [a, b, aa, bb, ab] = [0, 0, 0, 0, 0];
      for (let y = top; y < top + side; y++) {
        for (let x = left; x < left + side; x++) {
          const [p, q] = [one[y * width + x], other[y * width + x]];
          a += p;
          b += q;
          aa += p * p;
          bb += q * q;
          ab += p * q;
        }
      }
      const n = side * side;
      const [meanA, meanB] = [a / n, b / n];
      const [varA, varB, cov] = [aa / n - meanA ** 2, bb / n - meanB ** 2, ab / n - meanA * meanB];
      total += ((2 * meanA * meanB + c1) * (2 * cov + c2)) / ((meanA ** 2 + meanB ** 2 + c1) * (varA + varB + c2));
      windows++;
    }
  }
  return total / windows;
}
