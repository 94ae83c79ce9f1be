//! Decimal arithmetic as shopspring/decimal does it, for numbers that come from floats.

/// `mantissa` × 10^`exponent`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decimal {
    mantissa: i128,
    exponent: i32,
}

/// Places behind the point that a division keeps (`DivisionPrecision`).
const DIVISION_PLACES: i32 = 16;

impl Decimal {
    pub(super) const ZERO: Self = Self { mantissa: 0, exponent: 0 };
    pub(super) const ONE: Self = Self { mantissa: 1, exponent: 0 };

    /// The shortest decimal that reads back as the same float.
    pub(super) fn from_float(float: f64) -> Result<Self, String> {
        if !float.is_finite() {
            let shown = helmx_template::format::float::format(float, 'g', None);
            return Err(format!("Cannot create a Decimal from {shown}"));
        }
        let text = format!("{float:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let places = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len() as i32);
        let mantissa = digits.replace('.', "").parse().unwrap_or(0);
        Ok(Self { mantissa, exponent: exponent.parse().unwrap_or(0) - places })
    }

    /// The nearest float.
    pub(super) fn to_float(self) -> f64 {
        format!("{}e{}", self.mantissa, self.exponent).parse().unwrap_or(f64::NAN)
    }

    pub(super) fn add(self, other: Self) -> Result<Self, String> {
        let exact = self
            .aligned(other)
            .and_then(|(left, right, exponent)| Some(Self { mantissa: left.checked_add(right)?, exponent }));
        exact.map_or_else(|| Self::from_float(self.to_float() + other.to_float()), Ok)
    }

    pub(super) fn sub(self, other: Self) -> Result<Self, String> {
        self.add(Self { mantissa: -other.mantissa, ..other })
    }

    pub(super) fn mul(self, other: Self) -> Result<Self, String> {
        let exact = self.mantissa.checked_mul(other.mantissa);
        let product = exact.map(|mantissa| Self { mantissa, exponent: self.exponent + other.exponent });
        product.map_or_else(|| Self::from_float(self.to_float() * other.to_float()), |product| Ok(product.reduced()))
    }

    /// Rounds half away from zero after `DIVISION_PLACES` places.
    pub(super) fn div(self, other: Self) -> Result<Self, String> {
        if other.mantissa == 0 {
            return Err("decimal division by 0".to_owned());
        }
        let quotient = self.divide_exactly(other);
        quotient.map_or_else(|| Self::from_float(self.to_float() / other.to_float()), |quotient| Ok(quotient.reduced()))
    }

    fn divide_exactly(self, other: Self) -> Option<Self> {
        let shift = self.exponent - other.exponent + DIVISION_PLACES;
        let (mut dividend, mut divisor) = (self.mantissa, other.mantissa);
        if shift >= 0 {
            dividend = dividend.checked_mul(power(shift)?)?;
        } else {
            divisor = divisor.checked_mul(power(-shift)?)?;
        }
        let (quotient, remainder) = (dividend / divisor, dividend % divisor);
        let away = remainder.abs().checked_mul(2)? >= divisor.abs();
        let sign = dividend.signum() * divisor.signum();
        Some(Self { mantissa: quotient + if away { sign } else { 0 }, exponent: -DIVISION_PLACES })
    }

    fn aligned(self, other: Self) -> Option<(i128, i128, i32)> {
        let exponent = self.exponent.min(other.exponent);
        let scale = |decimal: Self| decimal.mantissa.checked_mul(power(decimal.exponent - exponent)?);
        Some((scale(self)?, scale(other)?, exponent))
    }

    /// Without zeros at the end, which only make later steps overflow.
    fn reduced(mut self) -> Self {
        while self.mantissa != 0 && self.mantissa % 10 == 0 {
            self.mantissa /= 10;
            self.exponent += 1;
        }
        self
    }
}

fn power(exponent: i32) -> Option<i128> {
    10i128.checked_pow(u32::try_from(exponent).ok()?)
}
