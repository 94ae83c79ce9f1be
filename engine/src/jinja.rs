//! Jinja files of charts that ask for them: rendered by minijinja, with the objects and functions of Go templates.

// Which files these are.
mod file;
mod language;

// Text to a template that is safe to run.
mod nesting;
mod source;

// What runs meets.
mod library;
mod method;
mod print;
mod session;
mod value;

// What can go wrong.
mod failure;

use std::cell::RefCell;

use helmx_template::{Error as TemplateError, Failure, Phase, Set, Vm};
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use helmx_chart::language::Language;
pub(crate) use language::{of_chart, rendered_name};

use crate::error::Error;
use crate::scope::Template;
use file::{File, Files, Folders};
use session::Session;
use source::Source;
use value::Foreign;

/// minijinja's measure of nesting: a macro costs 4, an include 10. It calls itself, so the native stack is the bound.
const RECURSION: usize = 200;

/// Bytes that one unit of fuel pays for: fuel bounds what a file can make as well as what it can do.
const BYTES_OF_FUEL: usize = 64;

/// The Jinja files of a chart and its sub-charts, parsed.
pub(crate) struct Jinja<'c> {
    env: Environment<'static>,
    files: Files<'c>,
}

impl<'c> Jinja<'c> {
    /// Parses all Jinja files among the templates. `None` if there are none.
    ///
    /// # Errors
    /// The first file that is no Jinja.
    pub(crate) fn parse(templates: &'c [Template<'_>]) -> Result<Option<Self>, Error> {
        let files: Vec<&Template<'_>> =
            templates.iter().filter(|template| template.language == Language::Jinja).collect();
        if files.is_empty() {
            return Ok(None);
        }
        let syntax = syntax()?;
        let folders = Folders::new(files.iter().map(|template| template.base_path().to_owned()));
        let mut jinja = Self { env: environment(syntax.clone(), folders), files: Files::default() };
        for template in files {
            jinja.add(template, &syntax).map_err(|cause| Error::new(&template.name, cause))?;
        }
        Ok(Some(jinja))
    }

    fn add(&mut self, template: &'c Template<'_>, syntax: &SyntaxConfig) -> Result<(), TemplateError> {
        let name = template.name.as_str();
        let refused = |line, column, message: String| {
            TemplateError::foreign(Phase::Parse, Some((name, line, column)), String::new(), Failure::Text(message))
        };
        let text = std::str::from_utf8(template.source).map_err(|error| {
            let before = template.source.get(..error.valid_up_to()).unwrap_or_default();
            let (line, column) = failure::position(&String::from_utf8_lossy(before), before.len());
            refused(line, column, "the file is not UTF-8".to_owned())
        })?;
        let source = Source::rewrite(text, syntax).map_err(|refusal| {
            let (line, column) = failure::position(text, refusal.offset);
            refused(line, column, refusal.message)
        })?;
        let added = self.env.add_template_owned(name.to_owned(), source.text.clone());
        self.files.add(File { name, text, source });
        added.map_err(|error| failure::located(&error, &self.files, 0))
    }

    /// Renders one file within the budget of `vm`, which functions share.
    pub(crate) fn render(
        &mut self,
        template: &Template<'_>,
        vm: &RefCell<Vm<'_>>,
        set: &Set,
    ) -> Result<String, TemplateError> {
        let left = vm.borrow().left();
        let fuel = left.instructions.min((left.output / BYTES_OF_FUEL) as u64);
        self.env.set_fuel(Some(fuel));
        let session = Session::new(vm, set);
        let root = Foreign::of(template.dot());
        self.env.add_global("Root", root.clone());
        let (env, files) = (&self.env, &self.files);
        let rendered = session.enter(|| {
            let captured = env.get_template(&template.name).and_then(|template| template.render_captured(root));
            let captured = captured.map_err(|error| failure::located(&error, files, fuel))?;
            let (consumed, _) = captured.state().fuel_levels().unwrap_or_default();
            Ok::<_, TemplateError>((captured.into_output(), consumed))
        });
        self.env.remove_global("Root");
        let (text, consumed) = rendered?;
        let mut vm = vm.borrow_mut();
        vm.charge(consumed).and_then(|()| vm.produce(text.len())).map_err(|failure| {
            TemplateError::foreign(Phase::Execute, Some((&template.name, 1, 0)), String::new(), failure)
        })?;
        Ok(text)
    }
}

fn syntax() -> Result<SyntaxConfig, Error> {
    let mut builder = SyntaxConfig::builder();
    let built = builder.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    built.map_err(|error| {
        let failure = Failure::Text(failure::message(&error));
        Error::new("", TemplateError::foreign(Phase::Parse, None, String::new(), failure))
    })
}

fn environment(syntax: SyntaxConfig, folders: Folders) -> Environment<'static> {
    let mut env = Environment::new();
    env.set_syntax(syntax);
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_| AutoEscape::None);
    env.set_formatter(print::print);
    env.set_recursion_limit(RECURSION);
    // Errors then know which expression was undefined.
    env.set_debug(true);
    env.set_path_join_callback(move |name, from| folders.resolve(name, from));
    library::install(&mut env);
    env
}
