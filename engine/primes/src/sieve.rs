//! Which odd numbers from a place on have no small factor.

use std::sync::LazyLock;

use crypto_bigint::{Limb, NonZero, Reciprocal, Unsigned, Word};

/// Candidates that a smaller prime divides are sifted out. Of those that are left, one in 34 is a prime of 1024 bits and
/// one in 68 of 2048. Twice as many small primes would take the time that they save.
const SMALL: usize = 1 << 17;

/// Odd numbers from one place on: a dozen of them are primes of 2048 bits. One is taken, the others are forgotten.
const WINDOW: u32 = 8192;

pub(crate) static SIEVE: LazyLock<Sieve> = LazyLock::new(Sieve::new);

/// The odd primes below [`SMALL`].
pub(crate) struct Sieve {
    primes: Vec<u32>,
    /// Products of some primes that follow each other, and where these end: a large number is divided by many at once.
    groups: Vec<(Reciprocal, usize)>,
}

impl Sieve {
    /// Eratosthenes' sieve.
    fn new() -> Self {
        let mut is_composite = vec![false; SMALL / 2];
        let (mut primes, mut groups) = (Vec::new(), Vec::new());
        let mut product: Word = 1;
        for half in 1..SMALL / 2 {
            if is_composite.get(half) != Some(&false) {
                continue;
            }
            let prime = 2 * half + 1;
            is_composite.iter_mut().skip(prime * prime / 2).step_by(prime).for_each(|mark| *mark = true);
            let factor = prime as Word;
            product = product.checked_mul(factor).unwrap_or_else(|| {
                groups.extend(reciprocal(product).map(|one| (one, primes.len())));
                factor
            });
            primes.push(prime as u32);
        }
        groups.extend(reciprocal(product).map(|one| (one, primes.len())));
        Self { primes, groups }
    }

    /// How far from `start`, an odd number, those odd numbers are that have no small factor; the nearest first.
    pub(crate) fn sift<T: Unsigned>(&self, start: &T) -> Vec<u32> {
        let mut sifted = vec![false; WINDOW as usize];
        let mut first = 0;
        for (reciprocal, end) in &self.groups {
            let rest = start.rem_limb_with_reciprocal(reciprocal).0;
            for &prime in self.primes.get(first..*end).unwrap_or_default() {
                let missing = (prime - (rest % Word::from(prime)) as u32) % prime;
                // Half of it, by which the numbers go on in twos; an odd one needs the prime once more.
                let index = if missing.is_multiple_of(2) { missing / 2 } else { (missing + prime) / 2 };
                sifted.iter_mut().skip(index as usize).step_by(prime as usize).for_each(|mark| *mark = true);
            }
            first = *end;
        }
        (0..WINDOW).zip(sifted).filter_map(|(index, sifted)| (!sifted).then_some(2 * index)).collect()
    }
}

fn reciprocal(product: Word) -> Option<Reciprocal> {
    NonZero::new(Limb(product)).into_option().map(Reciprocal::new)
}

#[cfg(test)]
mod tests {
    use crypto_bigint::U64;

    use super::{SIEVE, SMALL, WINDOW};

    /// Exactly what has a factor below the bound is sifted out.
    #[test]
    fn sifts_by_small_factors() {
        assert_eq!((SIEVE.primes.first(), SIEVE.primes.last()), (Some(&3), Some(&131_071)));
        assert_eq!(SIEVE.primes.len(), 12_250);
        let start = 10_000_000_000_001u64;
        let has_factor = |number: u64| (3..SMALL as u64).step_by(2).any(|factor| number.is_multiple_of(factor));
        let left = SIEVE.sift(&U64::from(start));
        for offset in (0..2 * WINDOW).step_by(82) {
            assert_eq!(left.contains(&offset), !has_factor(start + u64::from(offset)), "{offset}");
        }
    }
}
