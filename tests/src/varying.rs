//! Output that helm itself prints differently from run to run.

/// How many lines differ between two runs of helm, where helmx prints the others as both do.
///
/// # Errors
/// What differs.
pub fn lines(helm: &[u8], again: &[u8], helmx: &[u8]) -> Result<usize, String> {
    let split = |text: &'_ [u8]| text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (helm, again, helmx) = (split(helm), split(again), split(helmx));
    if helm.len() != helmx.len() {
        let between = if helm.len() == again.len() { "always" } else { "this time" };
        return Err(format!("{} lines, helm prints {} {between}", helmx.len(), helm.len()));
    }
    let mut varying = 0;
    for (number, ((left, right), own)) in helm.iter().zip(&again).zip(&helmx).enumerate() {
        match (left == right, left == own) {
            (false, _) => varying += 1,
            (true, true) => {}
            (true, false) => {
                let [left, own] = [left, own].map(|line| String::from_utf8_lossy(line));
                return Err(format!("line {} is {own:?}, helm prints {left:?}", number + 1));
            }
        }
    }
    Ok(varying)
}
