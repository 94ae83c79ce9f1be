//! Values under a verb: which formatting applies to which kind.

use super::{NESTING, Printer};
use crate::call::Type;
use crate::value::{Kind, List, Map, Object, Value};

/// Where every pointer, map and list lies for those who ask: in Go another place each time.
const ADDRESS: u64 = 0x2000_0000_0000;

impl Printer<'_> {
    /// One operand (`printArg`).
    pub(super) fn argument(&mut self, value: &Value, verb: char) {
        match (value, verb) {
            (Value::Nil, 'T' | 'v') => self.pad(b"<nil>"),
            (Value::Nil, _) => self.write(format!("%!{verb}(<nil>)")),
            (_, 'T') => {
                self.string(value.type_name().as_bytes(), 's');
            }
            (_, 'p') => {
                if !matches!(value.kind(), Kind::Map | Kind::Slice | Kind::Pointer)
                    || !self.pointer(value.type_name(), verb)
                {
                    self.bad_verb(value, verb);
                }
            }
            _ => self.value(value, verb, 0),
        }
    }

    /// A value that is not nil (`printValue`).
    fn value(&mut self, value: &Value, verb: char, depth: usize) {
        match value {
            Value::Nil => self.write("<nil>"),
            Value::Bool(truth) => match verb {
                't' | 'v' => self.pad(if *truth { b"true" } else { b"false" }),
                _ => self.bad_verb(value, verb),
            },
            Value::Int(_, int) => {
                if !self.signed(*int, verb) {
                    self.bad_verb(value, verb);
                }
            }
            Value::Uint(_, uint) => {
                if !self.unsigned(*uint, verb) {
                    self.bad_verb(value, verb);
                }
            }
            Value::Float(float) => {
                if !self.float(*float, 64, verb) {
                    self.bad_verb(value, verb);
                }
            }
            Value::Float32(float) => {
                if !self.float(f64::from(*float), 32, verb) {
                    self.bad_verb(value, verb);
                }
            }
            Value::Complex(real, imaginary) => {
                if !self.complex(*real, *imaginary, verb) {
                    self.bad_verb(value, verb);
                }
            }
            Value::String(text) => {
                if !self.string(text, verb) {
                    self.bad_verb(value, verb);
                }
            }
            Value::Bytes(bytes) => self.bytes(bytes, verb, depth),
            Value::List(_) | Value::Map(_) if self.spec.sharp_v && value.is_nil_inside() => {
                self.write(format!("{}(nil)", value.type_name()));
            }
            Value::List(list) => self.list(list, verb, depth),
            Value::Map(map) => self.map(map, verb, depth),
            Value::Object(object) => {
                if !self.object(object.as_ref(), verb, depth) {
                    self.bad_verb(value, verb);
                }
            }
        }
    }

    /// `%!verb(type=value)`
    fn bad_verb(&mut self, value: &Value, verb: char) {
        let type_name = self.named.take().unwrap_or_else(|| value.type_name());
        self.write(format!("%!{verb}({type_name}="));
        let outer = std::mem::replace(&mut self.erroring, true);
        self.value(value, 'v', 0);
        self.erroring = outer;
        self.push(b')');
    }

    fn list(&mut self, list: &List, verb: char, depth: usize) {
        let boxed = list.ty().elem == Type::Any;
        self.open(list.ty().name, b"[");
        for (index, item) in list.items().iter().enumerate() {
            self.separate(index);
            self.element(item, boxed, verb, depth);
        }
        self.close(b']');
    }

    fn map(&mut self, map: &Map, verb: char, depth: usize) {
        let boxed = map.ty().elem == Type::Any;
        self.open(map.ty().name, b"map[");
        for (index, (key, item)) in map.entries().into_iter().enumerate() {
            self.separate(index);
            self.element(&Value::String(key), false, verb, depth);
            self.push(b':');
            self.element(&item, boxed, verb, depth);
        }
        self.close(b']');
    }

    fn open(&mut self, type_name: &str, bracket: &[u8]) {
        if self.spec.sharp_v {
            self.write(type_name);
            self.push(b'{');
        } else {
            self.write(bracket);
        }
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.write(if self.spec.sharp_v { ", " } else { " " });
        }
    }

    fn close(&mut self, bracket: u8) {
        self.push(if self.spec.sharp_v { b'}' } else { bracket });
    }

    fn element(&mut self, value: &Value, boxed: bool, verb: char, depth: usize) {
        if depth > NESTING || self.is_full() {
            return self.write("...");
        }
        match value {
            Value::Nil if self.spec.sharp_v && boxed => self.write("interface {}(nil)"),
            Value::Nil => self.write("<nil>"),
            value => self.value(value, verb, depth + 1),
        }
    }

    fn bytes(&mut self, bytes: &[u8], verb: char, depth: usize) {
        match verb {
            's' | 'x' | 'X' | 'q' => {
                self.string(bytes, verb);
            }
            _ => {
                let name = if depth == 0 { "[]byte" } else { "[]uint8" };
                self.open(name, b"[");
                for (index, byte) in bytes.iter().enumerate() {
                    self.separate(index);
                    self.value(&Value::Uint(crate::value::UintKind::Uint8, u64::from(*byte)), verb, depth + 1);
                }
                self.close(b']');
            }
        }
    }

    /// A struct or named type: its own text first, then the plain value behind it, then its fields; a pointer within
    /// something is its address. False if the verb is not one for addresses.
    fn object(&mut self, object: &dyn Object, verb: char, depth: usize) -> bool {
        let textual = matches!(verb, 'v' | 's' | 'x' | 'X' | 'q') && !self.spec.sharp_v && !self.erroring;
        if let Some(text) = object.text().filter(|_| textual) {
            self.string(text.as_bytes(), verb);
        } else if let Some(plain) = object.plain() {
            self.named = Some(object.type_name()).filter(|_| !matches!(plain, Value::Map(_) | Value::List(_)));
            self.value(&plain, verb, depth);
            self.named = None;
        } else if depth > 0 && object.kind() == Kind::Pointer {
            return self.pointer(object.type_name(), verb);
        } else {
            self.fields(object, verb, depth);
        }
        true
    }

    /// Where something lies (`fmtPointer`). False if the verb is not one for addresses.
    fn pointer(&mut self, type_name: &str, verb: char) -> bool {
        match verb {
            'v' if self.spec.sharp_v => {
                self.write(format!("({type_name})("));
                self.address(true);
                self.push(b')');
            }
            'v' | 'p' => self.address(!self.spec.sharp),
            'b' | 'o' | 'd' | 'x' | 'X' => return self.unsigned(ADDRESS, verb),
            _ => return false,
        }
        true
    }

    /// `fmt0x64`
    fn address(&mut self, leading_0x: bool) {
        let sharp = std::mem::replace(&mut self.spec.sharp, leading_0x);
        self.digits(ADDRESS, false, 16, 'v');
        self.spec.sharp = sharp;
    }

    fn fields(&mut self, object: &dyn Object, verb: char, depth: usize) {
        let name = object.type_name();
        if object.kind() == Kind::Pointer {
            self.push(b'&');
        }
        if self.spec.sharp_v {
            self.write(name.trim_start_matches('*'));
        }
        self.push(b'{');
        for (index, (field, value)) in object.fields().into_iter().enumerate() {
            self.separate(index);
            if self.spec.sharp_v || self.spec.plus_v {
                self.write(field);
                self.push(b':');
            }
            self.element(&value, false, verb, depth);
        }
        self.push(b'}');
    }
}
