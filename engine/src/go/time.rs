//! `time.Time` and its methods.

use std::any::Any;

use helmx_template::{Failure, Method, Object, Type, Value};
use jiff::{Timestamp, ToSpan, Zoned, tz::TimeZone};

use super::layout::format;

/// A moment in a zone.
pub(crate) struct Time(pub(crate) Zoned);

pub(super) const TYPE: &str = "time.Time";

impl Object for Time {
    fn type_name(&self) -> &'static str {
        TYPE
    }

    fn methods(&self) -> &'static [Method] {
        METHODS
    }

    fn text(&self) -> Option<String> {
        Some(format(&self.0, "2006-01-02 15:04:05.999999999 -0700 MST"))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

const OTHER: &[Type] = &[Type::Named(TYPE)];
const DURATION: &[Type] = &[Type::Named("time.Duration")];

const METHODS: &[Method] = &[
    Method::new("String", &[], |this, _| Ok(Value::from(helmx_template::format::verb_v(this)))),
    Method::new("Format", &[Type::String], |this, args| {
        let layout = args.first().and_then(Value::as_str).map(|text| String::from_utf8_lossy(text).into_owned());
        Ok(Value::from(format(zoned(this)?, &layout.unwrap_or_default())))
    }),
    Method::new("Year", &[], |this, _| Ok(Value::int(zoned(this)?.year().into()))),
    Method::new("Month", &[], |this, _| Ok(Value::object(Named::month(zoned(this)?.month())))),
    Method::new("Day", &[], |this, _| Ok(Value::int(zoned(this)?.day().into()))),
    Method::new("Hour", &[], |this, _| Ok(Value::int(zoned(this)?.hour().into()))),
    Method::new("Minute", &[], |this, _| Ok(Value::int(zoned(this)?.minute().into()))),
    Method::new("Second", &[], |this, _| Ok(Value::int(zoned(this)?.second().into()))),
    Method::new("Nanosecond", &[], |this, _| Ok(Value::int(zoned(this)?.subsec_nanosecond().into()))),
    Method::new("YearDay", &[], |this, _| Ok(Value::int(zoned(this)?.day_of_year().into()))),
    Method::new("Weekday", &[], |this, _| {
        Ok(Value::object(Named::weekday(zoned(this)?.weekday().to_sunday_zero_offset())))
    }),
    Method::new("Unix", &[], |this, _| Ok(Value::int64(zoned(this)?.timestamp().as_second()))),
    Method::new("UnixMilli", &[], |this, _| Ok(Value::int64(zoned(this)?.timestamp().as_millisecond()))),
    Method::new("UnixMicro", &[], |this, _| Ok(Value::int64(zoned(this)?.timestamp().as_microsecond()))),
    Method::new("UnixNano", &[], |this, _| Ok(Value::int64(zoned(this)?.timestamp().as_nanosecond() as i64))),
    Method::new("UTC", &[], |this, _| Ok(Value::object(Time(zoned(this)?.with_time_zone(TimeZone::UTC))))),
    Method::new("Local", &[], |this, _| Ok(Value::object(Time(zoned(this)?.with_time_zone(TimeZone::UTC))))),
    Method::new("IsZero", &[], |this, _| Ok(Value::Bool(zoned(this)?.timestamp() == zero()))),
    Method::new("After", OTHER, |this, args| Ok(Value::Bool(zoned(this)? > other(args)?))),
    Method::new("Before", OTHER, |this, args| Ok(Value::Bool(zoned(this)? < other(args)?))),
    Method::new("Equal", OTHER, |this, args| Ok(Value::Bool(zoned(this)?.timestamp() == other(args)?.timestamp()))),
    Method::new("Sub", OTHER, |this, args| {
        let (this, other) = (zoned(this)?.timestamp().as_nanosecond(), other(args)?.timestamp().as_nanosecond());
        Ok(super::duration((this - other).clamp(i64::MIN.into(), i64::MAX.into()) as i64))
    }),
    Method::new("Add", DURATION, |this, args| {
        let nanoseconds = match args.first().map(Value::plain) {
            Some(Value::Int(_, nanoseconds)) => nanoseconds,
            _ => 0,
        };
        Ok(Value::object(Time(add(zoned(this)?, nanoseconds)?)))
    }),
    Method::new("AddDate", &[Type::Int, Type::Int, Type::Int], add_date),
];

/// The moment that many nanoseconds later.
pub(crate) fn add(time: &Zoned, nanoseconds: i64) -> Result<Zoned, Failure> {
    time.checked_add(nanoseconds.nanoseconds()).map_err(|_| Failure::text("time out of range"))
}

/// Go normalises: October 31st plus one month is December 1st.
fn add_date(this: &Value, args: &[Value]) -> Result<Value, Failure> {
    let time = zoned(this)?;
    let part = |index: usize| match args.get(index) {
        Some(Value::Int(_, int)) => *int,
        _ => 0,
    };
    let out_of_range = |_| Failure::text("time out of range");
    let months = i64::from(time.month()) - 1 + part(1);
    let first = time.first_of_month().map_err(out_of_range)?;
    let years = part(0) + months.div_euclid(12);
    let moved = first.with().month(1).build().map_err(out_of_range)?;
    let moved = moved.checked_add(jiff::Span::new().try_years(years).map_err(out_of_range)?).map_err(out_of_range)?;
    let moved = moved.checked_add(jiff::Span::new().try_months(months.rem_euclid(12)).map_err(out_of_range)?);
    let days = i64::from(time.day()) - 1 + part(2);
    let days = jiff::Span::new().try_days(days).map_err(out_of_range)?;
    Ok(Value::object(Time(moved.and_then(|moved| moved.checked_add(days)).map_err(out_of_range)?)))
}

/// Go's zero time: the first moment of year 1.
pub(super) fn zero() -> Timestamp {
    Timestamp::from_second(-62_135_596_800).unwrap_or(Timestamp::MIN)
}

fn zoned(value: &Value) -> Result<&Zoned, Failure> {
    let Value::Object(object) = value else { return Err(Failure::text("not a time")) };
    object.as_any().downcast_ref::<Time>().map(|time| &time.0).ok_or_else(|| Failure::text("not a time"))
}

fn other(args: &[Value]) -> Result<&Zoned, Failure> {
    args.first().map_or_else(|| Err(Failure::text("not a time")), zoned)
}

/// `time.Month` and `time.Weekday`: integers that print as names.
struct Named {
    type_name: &'static str,
    number: i64,
    name: &'static str,
}

impl Named {
    fn month(month: i8) -> Self {
        let index = usize::try_from(month - 1).unwrap_or(0);
        Self { type_name: "time.Month", number: month.into(), name: super::layout::MONTHS.get(index).unwrap_or(&"") }
    }

    fn weekday(day: i8) -> Self {
        let index = usize::try_from(day).unwrap_or(0);
        Self { type_name: "time.Weekday", number: day.into(), name: super::layout::WEEKDAYS.get(index).unwrap_or(&"") }
    }
}

impl Object for Named {
    fn type_name(&self) -> &'static str {
        self.type_name
    }

    fn kind(&self) -> helmx_template::Kind {
        helmx_template::Kind::Int(helmx_template::IntKind::Int)
    }

    fn text(&self) -> Option<String> {
        Some(self.name.to_owned())
    }

    fn plain(&self) -> Option<Value> {
        Some(Value::int(self.number))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
