//! Work that a thread beside may do first. Whoever needs a result that is not there does the work itself, or other work
//! while somebody is at it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Small work that is worth waking a thread for.
const ENOUGH: usize = 8;

/// The work that waits for threads beside, of which there may be none. Cloning shares.
#[derive(Clone, Default)]
pub struct Beside(Arc<Queue>);

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    /// There is more to do, something was done, or nothing more will come.
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    work: VecDeque<Arc<dyn Work>>,
    helpers: usize,
    /// Threads that wait for a change. Only they are woken: that takes as long as many a piece of work.
    sleepers: usize,
}

trait Work: Send + Sync {
    /// Does it, unless somebody did or is at it.
    fn run(&self);
}

/// Something to be done. Without a thread beside, it is done when its result is wanted.
pub struct Task<T>(Arc<Job<T>>);

struct Job<T> {
    state: Mutex<State<T>>,
    work: Box<dyn Fn() -> T + Send + Sync>,
    queue: Arc<Queue>,
}

enum State<T> {
    Waiting,
    Busy,
    Done(T),
    Taken,
}

impl Beside {
    /// Does `work` while that many threads do what it leaves to them. A thread that cannot be had is no loss.
    pub fn with_helpers<T>(&self, count: usize, work: impl FnOnce() -> T) -> T {
        let is_open = AtomicBool::new(true);
        thread::scope(|scope| {
            let spawn = || thread::Builder::new().spawn_scoped(scope, || self.help(&is_open)).is_ok();
            let helpers = (0..count).filter(|_| spawn()).count();
            self.waiting().helpers += helpers;
            // Also when `work` panics, or the scope would wait for its helpers without end.
            let _closing = Closing { beside: self, helpers, is_open: &is_open };
            work()
        })
    }

    /// With one helper, where there is a processor for it.
    pub fn with_helper<T>(&self, work: impl FnOnce() -> T) -> T {
        self.with_helpers(usize::from(processors() > 1), work)
    }

    fn help(&self, is_open: &AtomicBool) {
        let mut waiting = self.waiting();
        loop {
            if let Some(next) = waiting.work.pop_front() {
                drop(waiting);
                next.run();
                waiting = self.waiting();
            } else if is_open.load(Ordering::Relaxed) {
                waiting = self.0.sleep(waiting);
            } else {
                return;
            }
        }
    }

    pub fn is_helped(&self) -> bool {
        self.waiting().helpers > 0
    }

    /// Leaves something to the thread beside.
    pub fn task<T: Send + 'static>(&self, work: impl Fn() -> T + Send + Sync + 'static) -> Task<T> {
        self.leave(work, 1)
    }

    /// The same for small work whose result is wanted much later: a thread that sleeps is left to sleep until there is
    /// enough of it.
    pub fn small_task<T: Send + 'static>(&self, work: impl Fn() -> T + Send + Sync + 'static) -> Task<T> {
        self.leave(work, ENOUGH)
    }

    fn leave<T: Send + 'static>(&self, work: impl Fn() -> T + Send + Sync + 'static, enough: usize) -> Task<T> {
        let (state, work) = (Mutex::new(State::Waiting), Box::new(work));
        let job = Arc::new(Job { state, work, queue: self.0.clone() });
        let mut waiting = self.waiting();
        if waiting.helpers > 0 {
            waiting.work.push_back(job.clone());
            if waiting.sleepers > 0 && waiting.work.len() >= enough {
                self.0.changed.notify_one();
            }
        }
        Task(job)
    }

    /// Only these are left to it, in that order.
    pub fn only<'t, T: Send + 'static>(&self, tasks: impl Iterator<Item = &'t Task<T>>) {
        let mut waiting = self.waiting();
        if waiting.helpers > 0 {
            waiting.work = tasks.map(|task| task.0.clone() as Arc<dyn Work>).collect();
            self.0.wake_all(&waiting);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        lock(&self.0.waiting)
    }
}

impl Queue {
    fn sleep<'q>(&self, mut waiting: MutexGuard<'q, Waiting>) -> MutexGuard<'q, Waiting> {
        waiting.sleepers += 1;
        let mut waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        waiting.sleepers -= 1;
        waiting
    }

    fn wake_all(&self, waiting: &Waiting) {
        if waiting.sleepers > 0 {
            self.changed.notify_all();
        }
    }
}

/// Ends the waiting of some helpers when it is dropped.
struct Closing<'b> {
    beside: &'b Beside,
    helpers: usize,
    is_open: &'b AtomicBool,
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let mut waiting = self.beside.waiting();
        waiting.helpers -= self.helpers;
        if waiting.helpers == 0 {
            waiting.work.clear();
        }
        self.is_open.store(false, Ordering::Relaxed);
        self.beside.0.wake_all(&waiting);
    }
}

impl<T: Send + 'static> Task<T> {
    /// The result.
    pub fn take(self) -> T {
        loop {
            self.wait();
            let mut state = lock(&self.0.state);
            match std::mem::replace(&mut *state, State::Taken) {
                State::Done(result) => return result,
                // Broken off by a panic: it is tried once more.
                other => *state = other,
            }
        }
    }

    /// Until it is done. If somebody is at it, other work is done meanwhile.
    pub fn wait(&self) {
        loop {
            self.0.run();
            let is_busy = || matches!(*lock(&self.0.state), State::Busy);
            let mut waiting = lock(&self.0.queue.waiting);
            let other = loop {
                if !is_busy() {
                    return;
                }
                if let Some(other) = waiting.work.pop_front() {
                    break other;
                }
                waiting = self.0.queue.sleep(waiting);
            };
            drop(waiting);
            other.run();
        }
    }
}

impl<T: Send> Work for Job<T> {
    fn run(&self) {
        {
            let mut state = lock(&self.state);
            if !matches!(*state, State::Waiting) {
                return;
            }
            *state = State::Busy;
        }
        let mut end = End { job: self, state: State::Waiting };
        end.state = State::Done((self.work)());
    }
}

/// The end of a run; after a panic the work waits again, so that whoever wants its result meets with the panic.
struct End<'j, T> {
    job: &'j Job<T>,
    state: State<T>,
}

impl<T> Drop for End<'_, T> {
    fn drop(&mut self) {
        *lock(&self.job.state) = std::mem::replace(&mut self.state, State::Waiting);
        // Under the lock, so that nobody who just looked at the state sleeps through it.
        let waiting = lock(&self.job.queue.waiting);
        self.job.queue.wake_all(&waiting);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Processors that this process may use. It is read from files.
pub fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Beside;

    /// Each is done once, whoever does it.
    #[test]
    fn results_are_there_with_and_without_helpers() {
        for helpers in [0, 1, 3] {
            let (beside, done) = (Beside::default(), Arc::new(AtomicUsize::new(0)));
            let sum: usize = beside.with_helpers(helpers, || {
                assert_eq!(beside.is_helped(), helpers > 0);
                let counted = |number: usize| {
                    let done = done.clone();
                    beside.task(move || number * usize::from(done.fetch_add(1, Ordering::Relaxed) < 1000))
                };
                let tasks: Vec<_> = (0..1000).map(counted).collect();
                beside.only(tasks.iter().rev().take(500));
                tasks.into_iter().map(super::Task::take).sum()
            });
            assert_eq!((sum, done.load(Ordering::Relaxed)), (499_500, 1000));
            assert!(!beside.is_helped());
        }
    }

    /// What nobody takes holds up nobody.
    #[test]
    fn work_that_nobody_wants_is_forgotten() {
        let beside = Beside::default();
        let tasks: Vec<_> = beside.with_helpers(1, || (0..10_000).map(|number| beside.task(move || number)).collect());
        let task = tasks.into_iter().next_back().unwrap();
        assert_eq!(task.take(), 9_999);
    }

    /// A panic of a helper is met by whoever wants the result.
    #[test]
    fn broken_work_hangs_nobody() {
        let caught = std::panic::catch_unwind(|| {
            let beside = Beside::default();
            beside.with_helpers(1, || beside.task(|| -> usize { panic!("broken") }).take())
        });
        assert!(caught.is_err());
    }
}
