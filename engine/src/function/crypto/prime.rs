//! Large primes: a random place, a sieve from there on, and tests of what is left.

use std::sync::LazyLock;

use chacha20::ChaCha20Rng;
use crypto_bigint::{
    Choice, CtSelect as _, Limb, MontyForm as _, NonZero, Odd, RandomBits, RandomMod, Reciprocal, SquareAssign as _,
    Unsigned, UnsignedWithMontyForm, Word,
};
use crypto_primes::{Flavor, is_prime};

/// Candidates that a smaller prime divides are sifted out. Of those that are left, one in 30 is a prime of 1024 bits and
/// one in 60 of 2048. Twice as many small primes would take the time that they save.
const SMALL: usize = 1 << 19;

/// Odd numbers from one place on: a dozen of them are primes of 2048 bits. One is taken, the others are forgotten.
const WINDOW: usize = 8192;

/// A prime of that many bits, with the two highest set, so that the product of two has full length. `None` once it
/// `is_done`.
pub(super) fn search<T>(bits: u32, random: &mut ChaCha20Rng, is_done: impl Fn() -> bool) -> Option<T>
where
    T: UnsignedWithMontyForm + RandomBits + RandomMod,
{
    loop {
        let mut start = T::try_random_bits(random, bits).ok()?;
        for bit in [0, bits.checked_sub(2)?, bits.checked_sub(1)?] {
            start.set_bit(bit, Choice::TRUE);
        }
        let is_composite = SIEVE.sift(&start);
        for offset in (0u32..).step_by(2).zip(is_composite).filter_map(|(offset, sifted)| (!sifted).then_some(offset)) {
            if is_done() {
                return None;
            }
            let candidate = start.wrapping_add(&T::from(offset));
            if may_be_prime(&candidate) && is_prime(Flavor::Any, &candidate) && candidate >= start {
                return Some(candidate);
            }
        }
    }
}

/// Fermat's test to base 2, which about every composite fails: squarings and doublings, without the
/// multiplications that a power of any base needs, as the library's own tests compute it. Only what passes it is worth these.
fn may_be_prime<T: UnsignedWithMontyForm>(candidate: &T) -> bool {
    let Some(modulus) = Odd::new(candidate.clone()).into_option() else { return false };
    let one = T::MontyForm::one(&T::MontyForm::new_params_vartime(modulus));
    let mut power = one.clone() + &one;
    // The exponent is one less than the candidate: the same bits, but for the last.
    for index in (0..candidate.bit_width_vartime().saturating_sub(1)).rev() {
        power.square_assign();
        let doubled = power.clone() + &power;
        let bit = if index == 0 { Choice::FALSE } else { candidate.bit(index) };
        power = power.ct_select(&doubled, bit);
    }
    power == one
}

static SIEVE: LazyLock<Sieve> = LazyLock::new(Sieve::new);

/// The odd primes below [`SMALL`].
struct Sieve {
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

    /// Which of the odd numbers from `start` on, itself the first, have a small factor.
    fn sift<T: Unsigned>(&self, start: &T) -> Vec<bool> {
        let mut sifted = vec![false; WINDOW];
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
        sifted
    }
}

fn reciprocal(product: Word) -> Option<Reciprocal> {
    NonZero::new(Limb(product)).into_option().map(Reciprocal::new)
}

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use chacha20::rand_core::SeedableRng as _;
    use crypto_bigint::{U64, U1024, U2048};
    use crypto_primes::{Flavor, is_prime};

    use super::{SIEVE, SMALL, WINDOW, may_be_prime, search};

    #[test]
    fn tells_primes_from_composites() {
        let mersenne = |exponent: u32| U2048::ONE.shl(exponent).wrapping_sub(&U2048::ONE);
        for exponent in [521, 607, 1279] {
            assert!(may_be_prime(&mersenne(exponent)), "{exponent}");
        }
        for exponent in [523, 1021, 2011] {
            assert!(!may_be_prime(&mersenne(exponent).wrapping_sub(&U2048::from(4u32))), "{exponent}");
        }
        for (number, wanted) in [(1_000_000u32, false), (1_000_001, false), (1_000_003, true)] {
            assert_eq!(may_be_prime(&U1024::from(number)), wanted, "{number}");
        }
    }

    /// Exactly what has a factor below the bound is sifted out.
    #[test]
    fn sifts_by_small_factors() {
        assert_eq!((SIEVE.primes.first(), SIEVE.primes.last()), (Some(&3), Some(&524_287)));
        assert_eq!(SIEVE.primes.len(), 43_389);
        let start = 10_000_000_000_001u64;
        let has_factor = |number: u64| (3..SMALL as u64).step_by(2).any(|factor| number.is_multiple_of(factor));
        let sifted = SIEVE.sift(&U64::from(start));
        assert_eq!(sifted.len(), WINDOW);
        for (index, sifted) in sifted.iter().enumerate().step_by(41) {
            assert_eq!(*sifted, has_factor(start + 2 * index as u64), "{index}");
        }
    }

    #[test]
    fn finds_primes_of_full_length() {
        let mut random = ChaCha20Rng::from_seed([7; 32]);
        let primes = [(); 3].map(|()| search::<U1024>(1024, &mut random, || false).unwrap());
        for prime in primes {
            assert!(is_prime(Flavor::Any, &prime) && prime.bit_vartime(1023) && prime.bit_vartime(1022));
        }
        assert!(primes[0] != primes[1] && primes[1] != primes[2]);
        assert!(search::<U1024>(1024, &mut random, || true).is_none());
    }
}
