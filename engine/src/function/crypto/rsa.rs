//! New RSA keys. Nearly all of the time goes into the search for primes, so a thread beside the render's own looks
//! for them too, and goes on to those of the next key: charts that make one key make several.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng as _;
use helmx_chart::beside::processors;
use helmx_primes::Size;
use helmx_template::TOO_LATE;
use num_bigint::BigUint;

use crate::host::Host;

/// The public exponent of all keys.
const EXPONENT: u32 = 65_537;

/// Primes that are kept ahead: those of one key.
const AHEAD: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bits {
    /// 2048
    Certificate,
    /// 4096
    Private,
}

/// Where the keys of one render come from.
#[derive(Default)]
pub(crate) struct Keys(RefCell<Option<Helper>>);

impl Keys {
    /// A key as PKCS#1 in DER.
    ///
    /// # Errors
    /// No randomness, or no time left.
    pub(super) fn generate(&self, bits: Bits, host: &dyn Host) -> Result<Vec<u8>, String> {
        let mut helper = self.0.borrow_mut();
        if helper.as_ref().is_none_or(|helper| helper.bits != bits) {
            // Two at once would look for primes that nobody asked for.
            *helper = None;
            *helper = Helper::start(bits, generator(host)?);
        }
        let mut own = generator(host)?;
        let mut next = || {
            let ready = RefCell::new(None);
            let is_done = || {
                let mut ready = ready.borrow_mut();
                if ready.is_none() {
                    *ready = helper.as_ref().and_then(|helper| helper.found.try_recv().ok());
                }
                ready.is_some() || host.is_over()
            };
            // The search has no memory: what the helper found first is as good, and nothing is lost.
            let found = search(bits, &mut own, &is_done);
            ready.into_inner().or(found).ok_or(TOO_LATE)
        };
        loop {
            let (first, second) = (next()?, next()?);
            if let Some(key) = pkcs1(&first, &second) {
                return Ok(key);
            }
        }
    }
}

/// The thread beside; it ends with the render.
struct Helper {
    bits: Bits,
    found: Receiver<BigUint>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Helper {
    /// `None` where there is no second processor.
    fn start(bits: Bits, mut own: ChaCha20Rng) -> Option<Self> {
        if processors() < 2 {
            return None;
        }
        let (send, found) = sync_channel(AHEAD);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let look = move || {
            while let Some(prime) = search(bits, &mut own, &|| stopped.load(Ordering::Relaxed)) {
                if send.send(prime).is_err() {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("primes".to_owned()).spawn(look).ok()?;
        Some(Self { bits, found, stop, thread: Some(thread) })
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // It may wait for room: one place is made for each prime it still has.
        while self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
            if self.found.try_recv().is_err() {
                thread::yield_now();
            }
        }
        if let Some(thread) = self.thread.take() {
            // It does nothing that could panic, and there is nobody to tell.
            let _ = thread.join();
        }
    }
}

/// A generator of its own for each thread, seeded by the host.
fn generator(host: &dyn Host) -> Result<ChaCha20Rng, String> {
    let mut seed = [0; 32];
    host.random(&mut seed)?;
    Ok(ChaCha20Rng::from_seed(seed))
}

fn search(bits: Bits, random: &mut ChaCha20Rng, is_done: &dyn Fn() -> bool) -> Option<BigUint> {
    let size = match bits {
        Bits::Certificate => Size::Bits1024,
        Bits::Private => Size::Bits2048,
    };
    helmx_primes::search(size, random, is_done).map(|prime| BigUint::from_bytes_be(&prime))
}

/// The key of two primes, as RFC 8017 appendix A.1.2 has it; `None` if they do not fit each other or the exponent.
/// Whoever reads it checks it once more.
fn pkcs1(first: &BigUint, second: &BigUint) -> Option<Vec<u8>> {
    if first == second {
        return None;
    }
    let one = BigUint::from(1u32);
    let (p, q) = if first > second { (first, second) } else { (second, first) };
    let (below_p, below_q) = (p - &one, q - &one);
    let exponent = BigUint::from(EXPONENT);
    let d = exponent.modinv(&(&below_p * &below_q))?;
    let numbers = [
        BigUint::from(0u32),
        p * q,
        exponent,
        d.clone(),
        p.clone(),
        q.clone(),
        &d % &below_p,
        &d % &below_q,
        q.modinv(p)?,
    ];
    Some(element(0x30, &numbers.iter().flat_map(|number| element(0x02, &integer(number))).collect::<Vec<_>>()))
}

/// Big-endian and positive: a zero in front where the first bit is set.
fn integer(number: &BigUint) -> Vec<u8> {
    let mut bytes = number.to_bytes_be();
    if bytes.first().is_some_and(|first| first & 0x80 != 0) {
        bytes.insert(0, 0);
    }
    bytes
}

/// One DER element of at most 64 KiB.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes();
    let head = match (high, low) {
        (0, 0..0x80) => vec![tag, low],
        (0, _) => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [&head, content].concat()
}
