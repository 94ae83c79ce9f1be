//! Waits until objects are ready, and tells what is not.

use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{StreamExt as _, iter};
use helmx_api::release::OwnedObject;
use tokio::time::Instant;

use super::diagnose;
use super::live::{Live, read};
use super::object::Target;
use super::readiness::{self, Jobs, Readiness};
use crate::error::Error;
use crate::requester::Requester;

/// Objects asked about at the same time.
const PARALLEL: usize = 8;
/// The pause between two looks, doubled up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// An object that the core cannot tell of is asked about again so often.
const MAX_FAILURES: u32 = 10;

/// What a look at all objects found.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// Every object with its state.
    pub objects: Vec<OwnedObject>,
    /// Whether all are as wanted.
    pub ready: bool,
    /// Whether one will not become ready by itself.
    pub failed: bool,
}

impl Look {
    /// The objects that are not ready, one line each.
    pub fn complaints(&self) -> String {
        let unready = self.objects.iter().filter(|object| object.status != "Current");
        let lines: Vec<_> = unready
            .map(|object| {
                format!(
                    "resource {}/{}/{} not ready. status: {}, message: {}",
                    object.kind, object.namespace, object.name, object.status, object.message
                )
            })
            .collect();
        lines.join("\n")
    }
}

/// Who wants to know what a look found.
#[async_trait]
pub trait Listener: Send {
    /// Called after every look.
    async fn looked(&mut self, look: &Look);
}

/// Nobody wants to know.
pub struct Nobody;

#[async_trait]
impl Listener for Nobody {
    async fn looked(&mut self, _look: &Look) {}
}

/// Looks at every object once, as the requester.
///
/// # Errors
/// When the core cannot be asked about an object.
pub async fn look(requester: &Requester, targets: &[Target], jobs: Jobs) -> Result<Look, Error> {
    let looks: Vec<_> = targets.iter().map(|target| look_at(requester, target, jobs)).collect();
    let states: Vec<_> = iter(looks).buffered(PARALLEL).collect().await;
    let mut look = Look { ready: true, ..Look::default() };
    for state in states {
        let (object, readiness) = state?;
        look.ready &= readiness == Readiness::Current;
        look.failed |= matches!(readiness, Readiness::Failed(_));
        look.objects.push(object);
    }
    Ok(look)
}

async fn look_at(requester: &Requester, target: &Target, jobs: Jobs) -> Result<(OwnedObject, Readiness), Error> {
    let live = read(requester, target).await?;
    let mut object = target.owned();
    let readiness = match (&live, live.value()) {
        (Live::Present(_), Some(value)) => {
            let readiness = readiness::of(&value, jobs);
            if readiness != Readiness::Current {
                let reason = diagnose::reason(requester, target, &value).await;
                object.message = reason.unwrap_or_else(|| readiness.message().into());
            }
            readiness
        }
        (Live::Present(_) | Live::Absent, _) => Readiness::NotFound,
    };
    readiness.word().clone_into(&mut object.status);
    Ok((object, readiness))
}

/// Looks again and again until all objects are ready; `listener` gets every look.
///
/// # Errors
/// An object that failed for good, or the deadline: both name every object that is not ready and why.
pub async fn until_ready(
    requester: &Requester,
    targets: &[Target],
    jobs: Jobs,
    deadline: Instant,
    listener: &mut dyn Listener,
) -> Result<Look, Error> {
    let (mut pause, mut failures) = (FIRST_PAUSE, 0);
    loop {
        match look(requester, targets, jobs).await {
            Ok(look) => {
                failures = 0;
                listener.looked(&look).await;
                if look.ready {
                    return Ok(look);
                }
                if look.failed {
                    return Err(Error::NotReady(look.complaints()));
                }
                if Instant::now() + pause > deadline {
                    return Err(Error::NotReady(format!("{}\ncontext deadline exceeded", look.complaints())));
                }
            }
            Err(error) if failures < MAX_FAILURES && Instant::now() < deadline => {
                failures += 1;
                tracing::debug!(%error, "cannot see an object, asking again");
            }
            Err(error) => return Err(error),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Waits until none of the objects exists any more.
///
/// # Errors
/// The deadline, naming an object that is still there.
pub async fn until_gone(requester: &Requester, targets: &[Target], deadline: Instant) -> Result<(), Error> {
    for target in targets {
        while let Live::Present(_) = read(requester, target).await? {
            if Instant::now() > deadline {
                return Err(Error::NotReady(format!("{target} is still there: context deadline exceeded")));
            }
            tokio::time::sleep(FIRST_PAUSE).await;
        }
    }
    Ok(())
}
