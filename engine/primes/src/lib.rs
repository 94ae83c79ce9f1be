//! Large primes for RSA keys: a random place, a sieve from there on, and tests of what is left.

mod fermat;
mod sieve;

use chacha20::ChaCha20Rng;
use crypto_bigint::{Choice, Encoding, RandomBits, RandomMod, U1024, U2048, UnsignedWithMontyForm};
use crypto_primes::{Flavor, is_prime};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// 1024 bits, half of a key of 2048
    Bits1024,
    /// 2048 bits, half of a key of 4096
    Bits2048,
}

/// A prime of that size in big-endian bytes, with the two highest bits set, so that the product of two has full
/// length. `None` once it `is_done`, which is asked every few milliseconds.
pub fn search(size: Size, random: &mut ChaCha20Rng, is_done: &dyn Fn() -> bool) -> Option<Vec<u8>> {
    match size {
        Size::Bits1024 => find::<U1024, 38>(1024, random, is_done),
        Size::Bits2048 => find::<U2048, 74>(2048, random, is_done),
    }
}

fn find<T, const LIMBS: usize>(bits: u32, random: &mut ChaCha20Rng, is_done: &dyn Fn() -> bool) -> Option<Vec<u8>>
where
    T: UnsignedWithMontyForm + RandomBits + RandomMod + Encoding,
{
    loop {
        let mut start = T::try_random_bits(random, bits).ok()?;
        for bit in [0, bits.checked_sub(2)?, bits.checked_sub(1)?] {
            start.set_bit(bit, Choice::TRUE);
        }
        // What is left over at the end of a window, and what lies beyond the largest number, is forgotten.
        for offsets in sieve::SIEVE.sift(&start).as_chunks().0 {
            if is_done() {
                return None;
            }
            let candidates = offsets.map(|offset| start.wrapping_add(&T::from(offset)));
            let passed = fermat::test::<LIMBS>(candidates.each_ref().map(|candidate| candidate.to_le_bytes()));
            let mut passed =
                candidates.iter().zip(passed).filter_map(|(candidate, passed)| passed.then_some(candidate));
            if let Some(prime) = passed.find(|&candidate| is_prime(Flavor::Any, candidate) && *candidate >= start) {
                return Some(prime.to_be_bytes().as_ref().to_vec());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use chacha20::rand_core::SeedableRng as _;
    use crypto_bigint::{U1024, U2048};
    use crypto_primes::{Flavor, is_prime};

    use super::{Size, search};

    #[test]
    fn finds_primes_of_full_length() {
        let mut random = ChaCha20Rng::from_seed([7; 32]);
        let primes = [(); 3].map(|()| search(Size::Bits1024, &mut random, &|| false).unwrap());
        for prime in primes.iter().map(|prime| U1024::from_be_slice(prime)) {
            assert!(is_prime(Flavor::Any, &prime) && prime.bit_vartime(1023) && prime.bit_vartime(1022));
        }
        assert!(primes[0] != primes[1] && primes[1] != primes[2]);
        let long = U2048::from_be_slice(&search(Size::Bits2048, &mut random, &|| false).unwrap());
        assert!(is_prime(Flavor::Any, &long) && long.bit_vartime(2047) && long.bit_vartime(2046));
        assert!(search(Size::Bits1024, &mut random, &|| true).is_none());
    }
}
