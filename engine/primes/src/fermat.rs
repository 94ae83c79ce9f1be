//! Fermat's test to base 2 of four numbers at once, a number in each lane of the processor's vectors.
//!
//! The library's arithmetic takes one number at a time and three times as long. Nearly every composite fails the test, and
//! only what passes it is worth the library's own tests.
//!
//! Squares are taken in Montgomery's form (P. L. Montgomery, Modular multiplication without trial division, 1985), with
//! R = 2^(28 · `LIMBS`). R exceeds four times the modulus by so much that nothing has to be subtracted on the way.

use fearless_simd::{Level, Simd, SimdBase as _, SimdInto as _, dispatch, u64x4};

/// Numbers that are tested at once.
pub(crate) const LANES: usize = 4;

/// One value for each number.
type Lanes = [u64; LANES];

/// Bits of a limb: the sum of 2^7 products of two limbs, and of half as many doubled ones, fits 64 bits.
const RADIX: u32 = 28;
const MASK: u64 = (1 << RADIX) - 1;

/// Which of the numbers divide 2^(number - 1) - 1. They are given as little-endian bytes, are odd, have equal lengths, and
/// their two highest bits are set. `LIMBS` is even, and that many limbs have at least 12 bits more than the numbers.
pub(crate) fn test<const LIMBS: usize>(numbers: [impl AsRef<[u8]>; LANES]) -> [bool; LANES] {
    let numbers = numbers.map(|number| words(number.as_ref()));
    let bits = numbers.iter().map(Vec::len).max().unwrap_or(0) * 64;
    // 2^bits less the number, which is 2^bits to this modulus; and from there to R, which stands for one.
    let negated = numbers.each_ref().map(|number| negated(number));
    let missing = LIMBS * RADIX as usize - bits;
    let moduli = std::array::from_fn(|index| numbers.each_ref().map(|number| limb(number, index, 0)));
    let one = std::array::from_fn(|index| negated.each_ref().map(|number| limb(number, index, missing)));
    let inverse = numbers.each_ref().map(|number| inverse(number));
    // The exponent is one less than the number: the same bits, but for the last.
    let is_set = |number: &Vec<u64>, bit: usize| number[bit / 64] >> (bit % 64) & 1 == 1 && bit > 0;
    let exponents: Vec<Lanes> = (0..bits)
        .rev()
        .map(|bit| numbers.each_ref().map(|number| if is_set(number, bit) { u64::MAX } else { 0 }))
        .collect();
    let powers = dispatch!(Level::new(), simd => powers::<_, LIMBS>(simd, &moduli, inverse, one, &exponents));
    std::array::from_fn(|lane| powers.iter().enumerate().all(|(index, limb)| limb[lane] == u64::from(index == 0)))
}

fn words(bytes: &[u8]) -> Vec<u64> {
    bytes.as_chunks().0.iter().map(|chunk| u64::from_le_bytes(*chunk)).collect()
}

/// The two's complement, for an odd number.
fn negated(number: &[u64]) -> Vec<u64> {
    number.iter().enumerate().map(|(index, word)| if index == 0 { word.wrapping_neg() } else { !word }).collect()
}

/// One limb of the number times 2^shift.
fn limb(number: &[u64], index: usize, shift: usize) -> u64 {
    let Some(first) = (index * RADIX as usize).checked_sub(shift) else {
        // Of a limb below the number's first bit, the highest bits may be part of it.
        let below = shift - index * RADIX as usize;
        return if below < RADIX as usize { number.first().map_or(0, |word| word << below) & MASK } else { 0 };
    };
    let word = |index: usize| u128::from(number.get(index).copied().unwrap_or(0));
    ((word(first / 64) | word(first / 64 + 1) << 64) >> (first % 64)) as u64 & MASK
}

/// What, times the number, leaves -1 in the lowest limb (Newton's iteration: each step doubles the bits, from three).
fn inverse(number: &[u64]) -> u64 {
    let low = number.first().copied().unwrap_or(1);
    let inverse = (0..4).fold(low, |found, _| found.wrapping_mul(2u64.wrapping_sub(low.wrapping_mul(found))));
    inverse.wrapping_neg() & MASK
}

/// Two to the exponents, whose bits are given from the highest on as all ones or all zeros.
#[inline(always)]
fn powers<S: Simd, const LIMBS: usize>(
    simd: S,
    moduli: &[Lanes; LIMBS],
    inverse: Lanes,
    one: [Lanes; LIMBS],
    exponents: &[Lanes],
) -> [Lanes; LIMBS] {
    let moduli: [u64x4<S>; LIMBS] = moduli.map(|limb| limb.simd_into(simd));
    let inverse = inverse.simd_into(simd);
    let mut power: [u64x4<S>; LIMBS] = one.map(|limb| limb.simd_into(simd));
    let zero = u64x4::splat(simd, 0);
    let mut product = [[zero; LIMBS]; 2];
    for bit in exponents {
        square(simd, &power, product.as_flattened_mut());
        reduce(simd, &moduli, inverse, product.as_flattened_mut());
        power = carried(simd, &product[1], (*bit).simd_into(simd));
    }
    // Out of Montgomery's form: what is left is at most the modulus.
    product = [power, [zero; LIMBS]];
    reduce(simd, &moduli, inverse, product.as_flattened_mut());
    carried(simd, &product[1], zero).map(Into::into)
}

/// Two rows of the square at a time, and of each only what lies right of the diagonal, doubled.
#[inline(always)]
fn square<S: Simd, const LIMBS: usize>(simd: S, power: &[u64x4<S>; LIMBS], product: &mut [u64x4<S>]) {
    product.fill(u64x4::splat(simd, 0));
    for row in (0..LIMBS).step_by(2) {
        let (own, right) = power[row..].split_at(2);
        let (first, second) = (own[0], own[1]);
        let doubled = [first << 1, second << 1];
        let product = &mut product[2 * row..];
        product[0] += times(simd, first, first);
        product[1] += times(simd, doubled[0], second);
        product[2] += times(simd, second, second);
        if let (Some(nearest), Some(farthest)) = (right.first(), right.last()) {
            product[2] += times(simd, doubled[0], *nearest);
            add_rows(simd, &mut product[3..], doubled, right);
            product[2 + right.len()] += times(simd, doubled[1], *farthest);
        }
    }
}

/// The upper half becomes the product over R, by adding such a multiple of the modulus that the lower half becomes zero.
#[inline(always)]
fn reduce<S: Simd, const LIMBS: usize>(
    simd: S,
    moduli: &[u64x4<S>; LIMBS],
    inverse: u64x4<S>,
    product: &mut [u64x4<S>],
) {
    let factor = |limb| times(simd, limb, inverse) & u64x4::splat(simd, MASK);
    for row in (0..LIMBS).step_by(2) {
        let (own, rest) = product[row..].split_at_mut(2);
        let first = factor(own[0]);
        let carry = (own[0] + times(simd, first, moduli[0])) >> RADIX;
        let below = own[1] + times(simd, first, moduli[1]) + carry;
        let second = factor(below);
        rest[0] += (below + times(simd, second, moduli[0])) >> RADIX;
        add_rows(simd, rest, [first, second], &moduli[1..]);
        rest[LIMBS - 2] += times(simd, second, moduli[LIMBS - 1]);
    }
}

/// Adds two rows of a product, the second one place after the first, where both have limbs: what the first factor gives
/// with all but the first limb, and the second with all but the last.
#[inline(always)]
fn add_rows<S: Simd>(simd: S, sums: &mut [u64x4<S>], [first, second]: [u64x4<S>; 2], mut limbs: &[u64x4<S>]) {
    let sum = |low, high| times(simd, second, low) + times(simd, first, high);
    let (sums, _) = sums.split_at_mut(limbs.len() - 1);
    // Three sums at a time need four limbs, not six.
    let (blocks, rest) = sums.as_chunks_mut::<3>();
    for block in blocks {
        let &[a, b, c, d, ..] = limbs else { return };
        block[0] += sum(a, b);
        block[1] += sum(b, c);
        block[2] += sum(c, d);
        limbs = &limbs[3..];
    }
    for (place, pair) in rest.iter_mut().zip(limbs.windows(2)) {
        *place += sum(pair[0], pair[1]);
    }
}

/// Limbs of 28 bits, doubled where the bit is set.
#[inline(always)]
fn carried<S: Simd, const LIMBS: usize>(simd: S, limbs: &[u64x4<S>; LIMBS], bit: u64x4<S>) -> [u64x4<S>; LIMBS] {
    let mask = u64x4::splat(simd, MASK);
    let (mut carry, mut carry_doubled) = (u64x4::splat(simd, 0), u64x4::splat(simd, 0));
    limbs.map(|limb| {
        let sum = limb + carry;
        carry = sum >> RADIX;
        let sum = sum & mask;
        let doubled = sum + (sum & bit) + carry_doubled;
        carry_doubled = doubled >> RADIX;
        doubled & mask
    })
}

/// The product of the lower 32 bits, for which processors have an instruction.
#[inline(always)]
fn times<S: Simd>(simd: S, left: u64x4<S>, right: u64x4<S>) -> u64x4<S> {
    let low = u64x4::splat(simd, u64::from(u32::MAX));
    (left & low) * (right & low)
}

#[cfg(test)]
mod tests {
    use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
    use crypto_bigint::{Odd, U1024, U2048, Uint};

    use super::test;
    use crate::sieve::SIEVE;

    /// The library's power, one number at a time.
    fn passes(number: &U1024) -> bool {
        let params = FixedMontyParams::new_vartime(Odd::new(*number).unwrap());
        let two = FixedMontyForm::new(&Uint::from(2u32), &params);
        two.pow(&number.wrapping_sub(&Uint::ONE)).retrieve() == Uint::ONE
    }

    /// Whatever is in the other lanes.
    #[test]
    fn agrees_with_the_library_in_each_lane() {
        let start = U1024::MAX.wrapping_sub(&U1024::from(1u32 << 14));
        let offsets = SIEVE.sift(&start);
        let wanted: Vec<bool> = offsets.iter().map(|&offset| passes(&start.wrapping_add(&offset.into()))).collect();
        assert!(wanted.iter().filter(|passed| **passed).count() > 10);
        for (offsets, wanted) in offsets.windows(4).zip(wanted.windows(4)) {
            let numbers = [0, 1, 2, 3].map(|lane| start.wrapping_add(&U1024::from(offsets[lane])).to_le_bytes());
            assert_eq!(test::<38>(numbers), wanted, "{offsets:?}");
        }
    }

    /// The largest numbers that can be asked, the largest primes below, and the smallest numbers.
    #[test]
    fn knows_the_largest_and_the_smallest() {
        let below = [1u32, 105, 107, 3].map(|less| U1024::ZERO.wrapping_sub(&U1024::from(less)).to_le_bytes());
        assert_eq!(test::<38>(below), [false, true, false, false]);
        let below =
            [3u32, 1, 1_942_291, 1_942_289].map(|less| U2048::ZERO.wrapping_sub(&U2048::from(less)).to_le_bytes());
        assert_eq!(test::<74>(below), [false, false, false, true]);
        let above = [1u32, 3, 5, 7].map(|more| U1024::from(3u32).shl(1022).wrapping_add(&U1024::from(more)));
        assert_eq!(test::<38>(above.map(|number| number.to_le_bytes())), above.map(|number| passes(&number)));
    }
}
