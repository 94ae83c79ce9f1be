//! `Chart.yaml`, `requirements.yaml` and lock files: data to structs.

use helmx_yaml::Data;

use super::{Dependency, Error, Lock, Maintainer, Metadata, ValidationError};
use crate::fields::{Fields, Scalars, TypeError};
use crate::rfc3339::ZERO;

impl Metadata {
    /// Reads `Chart.yaml`. Unknown keys are ignored; validity is [`Metadata::validate`]'s matter.
    pub fn parse(text: &[u8]) -> Result<Metadata, Error> {
        let data = helmx_yaml::decode_exact(text)?;
        match Fields::root(&data, "v2.Metadata", Scalars::AsText)? {
            None => Ok(Metadata::default()),
            Some(fields) => Metadata::read(&fields),
        }
    }

    /// Reads metadata as a release record or a JSON index holds them.
    pub fn from_json(data: &Data) -> Result<Metadata, Error> {
        match Fields::root(data, "chart.Metadata", Scalars::Typed)? {
            None => Ok(Metadata::default()),
            Some(fields) => Metadata::read(&fields),
        }
    }

    pub(crate) fn read(fields: &Fields<'_>) -> Result<Metadata, Error> {
        let maintainers = present(fields.structs("maintainers", "v2.Maintainer")?, &ValidationError::NullMaintainer)?;
        let dependencies = match fields.get("dependencies") {
            None => None,
            Some(_) => Some(read_dependencies(fields)?),
        };
        Ok(Metadata {
            name: fields.text("name")?,
            home: fields.text("home")?,
            sources: fields.texts("sources")?,
            version: fields.text("version")?,
            description: fields.text("description")?,
            keywords: fields.texts("keywords")?,
            maintainers: maintainers.iter().map(read_maintainer).collect::<Result<_, _>>()?,
            icon: fields.text("icon")?,
            api_version: fields.text("apiVersion")?,
            condition: fields.text("condition")?,
            tags: fields.text("tags")?,
            app_version: fields.text("appVersion")?,
            deprecated: fields.flag("deprecated")?,
            annotations: fields.text_map("annotations")?,
            kube_version: fields.text("kubeVersion")?,
            dependencies,
            kind: fields.text("type")?,
        })
    }
}

/// The `apiVersion` of a `Chart.yaml`, empty if absent. Helm looks at it alone before it reads everything.
pub(crate) fn parse_api_version(text: &[u8]) -> Result<String, Error> {
    let data = helmx_yaml::decode_exact(text)?;
    let fields = Fields::root(&data, "loader.chartBase", Scalars::AsText)?;
    Ok(fields.map_or(Ok(String::new()), |fields| fields.text("apiVersion"))?)
}

/// Null entries are refused here, before anything can stumble over them.
fn present<'a>(items: Vec<Option<Fields<'a>>>, missing: &ValidationError) -> Result<Vec<Fields<'a>>, ValidationError> {
    items.into_iter().map(|item| item.ok_or_else(|| missing.clone())).collect()
}

fn read_maintainer(fields: &Fields<'_>) -> Result<Maintainer, TypeError> {
    Ok(Maintainer { name: fields.text("name")?, email: fields.text("email")?, url: fields.text("url")? })
}

fn read_dependencies(fields: &Fields<'_>) -> Result<Vec<Dependency>, Error> {
    let entries = present(fields.structs("dependencies", "v2.Dependency")?, &ValidationError::NullDependency)?;
    Ok(entries.iter().map(read_dependency).collect::<Result<_, _>>()?)
}

fn read_dependency(fields: &Fields<'_>) -> Result<Dependency, TypeError> {
    let import_values = fields.list("import-values", "[]interface {}")?;
    Ok(Dependency {
        name: fields.text("name")?,
        version: fields.text("version")?,
        repository: fields.text("repository")?,
        condition: fields.text("condition")?,
        tags: fields.texts("tags")?,
        enabled: fields.flag("enabled")?,
        import_values: import_values.iter().cloned().map(Data::with_float_numbers).collect(),
        alias: fields.text("alias")?,
    })
}

/// Reads the entries of `requirements.yaml`; `None` if it lists nothing.
pub(crate) fn parse_requirements(text: &[u8]) -> Result<Option<Vec<Dependency>>, Error> {
    let data = helmx_yaml::decode_exact(text)?;
    match Fields::root(&data, "chart.Metadata", Scalars::AsText)? {
        Some(fields) if fields.get("dependencies").is_some() => read_dependencies(&fields).map(Some),
        _ => Ok(None),
    }
}

impl Lock {
    /// Reads `Chart.lock` or `requirements.lock`.
    pub fn parse(text: &[u8]) -> Result<Lock, Error> {
        let data = helmx_yaml::decode_exact(text)?;
        match Fields::root(&data, "chart.Lock", Scalars::AsText)? {
            None => Ok(Lock { generated: ZERO.to_owned(), ..Lock::default() }),
            Some(fields) => Lock::read(&fields),
        }
    }

    pub(crate) fn read(fields: &Fields<'_>) -> Result<Lock, Error> {
        let dependencies = read_dependencies(fields)?;
        let generated = Some(fields.time("generated")?).filter(|time| !time.is_empty());
        Ok(Lock {
            generated: generated.unwrap_or_else(|| ZERO.to_owned()),
            digest: fields.text("digest")?,
            dependencies,
        })
    }
}
