//! Go's types and kinds, as templates can ask for them.

use helmx_template::{Type, Value};

use super::argument::Arguments;
use super::compare::Equality;
use super::text::text;
use super::{Entry, engine, plain};

const A: Type = Type::Any;
const S: Type = Type::String;

pub(super) const TABLE: &[Entry] = &[
    plain("typeOf", &[A], |args| text(args.any(0).type_name())),
    plain("typeIs", &[S, A], |args| Ok(Value::Bool(args.text(0) == args.any(1).type_name().as_bytes()))),
    plain("typeIsLike", &[S, A], |args| {
        let name = args.any(1).type_name();
        let target = args.str(0);
        Ok(Value::Bool(target == name || name.strip_prefix('*') == Some(&*target) || target == format!("*{name}")))
    }),
    plain("kindOf", &[A], |args| text(args.any(0).kind().name())),
    plain("kindIs", &[S, A], |args| Ok(Value::Bool(args.text(0) == args.any(1).kind().name().as_bytes()))),
    engine("deepEqual", &[A, A], |library, run, args| {
        Ok(Value::Bool(Equality::new(library, run).holds(args.any(0), args.any(1))?).into())
    }),
];
