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
        match Fields::root(data, "v2.Metadata", Scalars::Typed)? {
            None => Ok(Metadata::default()),
            Some(fields) => Metadata::read(&fields),
        }
    }

    pub(crate) fn read(fields: &Fields<'_>) -> Result<Metadata, Error> {
        // In the order of the keys, in which Go finds the first wrong type; nulls are looked for in the end.
        let annotations = fields.text_map("annotations")?;
        let api_version = fields.text("apiVersion")?;
        let app_version = fields.text("appVersion")?;
        let condition = fields.text("condition")?;
        let dependencies = fields.structs("dependencies", "v2.Dependency")?;
        let entries = read_dependencies(&dependencies)?;
        let deprecated = fields.flag("deprecated")?;
        let description = fields.text("description")?;
        let home = fields.text("home")?;
        let icon = fields.text("icon")?;
        let keywords = fields.texts("keywords")?;
        let kube_version = fields.text("kubeVersion")?;
        let maintainers = fields.structs("maintainers", "v2.Maintainer")?;
        let people = maintainers.iter().flatten().map(read_maintainer).collect::<Result<_, _>>()?;
        let metadata = Metadata {
            name: fields.text("name")?,
            sources: fields.texts("sources")?,
            tags: fields.text("tags")?,
            kind: fields.text("type")?,
            version: fields.text("version")?,
            home,
            description,
            keywords,
            maintainers: people,
            icon,
            api_version,
            condition,
            app_version,
            deprecated,
            annotations,
            kube_version,
            dependencies: fields.get("dependencies").map(|_| entries),
        };
        no_nulls(&maintainers, ValidationError::NullMaintainer)?;
        no_nulls(&dependencies, ValidationError::NullDependency)?;
        Ok(metadata)
    }
}

/// The `apiVersion` of a `Chart.yaml`, empty if absent. Helm looks at it alone before it reads everything.
pub(crate) fn parse_api_version(text: &[u8]) -> Result<String, Error> {
    let data = helmx_yaml::decode_exact(text)?;
    let fields = Fields::root(&data, "loader.chartBase", Scalars::AsText)?;
    Ok(fields.map_or(Ok(String::new()), |fields| fields.text("apiVersion"))?)
}

/// Null entries are refused here, before anything can stumble over them.
fn no_nulls(items: &[Option<Fields<'_>>], complaint: ValidationError) -> Result<(), ValidationError> {
    if items.iter().all(Option::is_some) { Ok(()) } else { Err(complaint) }
}

fn read_maintainer(fields: &Fields<'_>) -> Result<Maintainer, TypeError> {
    Ok(Maintainer { email: fields.text("email")?, name: fields.text("name")?, url: fields.text("url")? })
}

/// All but nulls.
fn read_dependencies(entries: &[Option<Fields<'_>>]) -> Result<Vec<Dependency>, TypeError> {
    entries.iter().flatten().map(read_dependency).collect()
}

fn read_dependency(fields: &Fields<'_>) -> Result<Dependency, TypeError> {
    // In the order of the keys, as above.
    Ok(Dependency {
        alias: fields.text("alias")?,
        condition: fields.text("condition")?,
        enabled: fields.flag("enabled")?,
        import_values: read_imports(fields)?,
        name: fields.text("name")?,
        repository: fields.text("repository")?,
        tags: fields.texts("tags")?,
        version: fields.text("version")?,
    })
}

fn read_imports(fields: &Fields<'_>) -> Result<Vec<Data>, TypeError> {
    let items = fields.list("import-values", "[]interface {}")?;
    Ok(items.iter().cloned().map(Data::with_float_numbers).collect())
}

/// The entries of a lock file, or of `requirements.yaml`.
fn listed(fields: &Fields<'_>) -> Result<Vec<Dependency>, Error> {
    let entries = fields.structs("dependencies", "v2.Dependency")?;
    let read = read_dependencies(&entries)?;
    no_nulls(&entries, ValidationError::NullDependency)?;
    Ok(read)
}

/// Reads the entries of `requirements.yaml`; `None` if it lists nothing.
pub(crate) fn parse_requirements(text: &[u8]) -> Result<Option<Vec<Dependency>>, Error> {
    let data = helmx_yaml::decode_exact(text)?;
    match Fields::root(&data, "v2.Metadata", Scalars::AsText)? {
        Some(fields) if fields.get("dependencies").is_some() => listed(&fields).map(Some),
        _ => Ok(None),
    }
}

impl Lock {
    /// Reads `Chart.lock` or `requirements.lock`.
    pub fn parse(text: &[u8]) -> Result<Lock, Error> {
        let data = helmx_yaml::decode_exact(text)?;
        match Fields::root(&data, "v2.Lock", Scalars::AsText)? {
            None => Ok(Lock { generated: ZERO.to_owned(), ..Lock::default() }),
            Some(fields) => Lock::read(&fields),
        }
    }

    pub(crate) fn read(fields: &Fields<'_>) -> Result<Lock, Error> {
        let dependencies = listed(fields)?;
        let generated = fields.time("generated")?.unwrap_or_else(|| ZERO.to_owned());
        Ok(Lock { generated, digest: fields.text("digest")?, dependencies })
    }
}
