//! `.helmignore`: which files of a chart folder do not belong to the chart.
