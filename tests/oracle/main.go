// Oracle answers, for each JSON line on standard input, what Helm's own code makes of it: one JSON line each.
//
// The engine, values, --set and YAML are Helm's packages at the version that go.mod pins; nothing is copied here.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/Masterminds/semver/v3"
	"github.com/gobwas/glob"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
	"helm.sh/helm/v4/pkg/strvals"
	"sigs.k8s.io/yaml"
)

// question is one case. Which of Text, Other and Values mean something depends on Mode.
type question struct {
	Mode   string         `json:"mode"`
	Text   string         `json:"text"`
	Other  string         `json:"other"`
	Values map[string]any `json:"values"`
}

// answer is what came out, or the error's text. Bytes are base64 in JSON, so that no byte is lost.
type answer struct {
	Output []byte `json:"output"`
	Error  string `json:"error"`
}

var modes = map[string]func(question) ([]byte, error){
	"template":   render,
	"set":        func(q question) ([]byte, error) { return set(strvals.Parse, q.Text) },
	"set-string": func(q question) ([]byte, error) { return set(strvals.ParseString, q.Text) },
	"merge":      merge,
	"constraint": constraint,
	"decode":     decode,
	"encode":     func(q question) ([]byte, error) { return yaml.Marshal(q.Values) },
	"glob":       match,
}

// capabilities are those of the released binary, whose version the linker writes.
func capabilities() *common.Capabilities {
	released := common.DefaultCapabilities.Copy()
	released.HelmVersion.Version = "v4.3.1"
	return released
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 64<<20)
	out := bufio.NewWriter(os.Stdout)
	answers := json.NewEncoder(out)
	answers.SetEscapeHTML(false)
	for lines.Scan() {
		if err := answers.Encode(ask(lines.Bytes())); err != nil {
			fail(err)
		}
		if err := out.Flush(); err != nil {
			fail(err)
		}
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "oracle:", err)
	os.Exit(1)
}

// ask answers one question. A panic of the library is an answer too.
func ask(line []byte) (result answer) {
	defer func() {
		if reason := recover(); reason != nil {
			result = answer{Error: fmt.Sprint("panic: ", reason)}
		}
	}()
	var q question
	if err := json.Unmarshal(line, &q); err != nil {
		return answer{Error: "bad question: " + err.Error()}
	}
	mode, ok := modes[q.Mode]
	if !ok {
		return answer{Error: "bad question: unknown mode " + q.Mode}
	}
	output, err := mode(q)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Output: output}
}

func render(q question) ([]byte, error) {
	c := &chart.Chart{
		Metadata:  &chart.Metadata{APIVersion: "v2", Name: "c", Version: "1.2.3", AppVersion: "4.5"},
		Templates: []*common.File{{Name: "templates/t", Data: []byte(q.Text)}},
	}
	top := common.Values{
		"Values": common.Values(q.Values),
		"Release": map[string]any{
			"Name": "rel", "Namespace": "ns", "Revision": 1, "IsInstall": true, "IsUpgrade": false, "Service": "Helm",
		},
		"Capabilities": capabilities(),
	}
	rendered, err := engine.Render(c, top)
	return []byte(rendered["c/templates/t"]), err
}

func set(parse func(string) (map[string]any, error), text string) ([]byte, error) {
	values, err := parse(text)
	if err != nil {
		return nil, err
	}
	return json.Marshal(values)
}

// described is a chart as questions have it.
type described struct {
	Metadata *chart.Metadata `json:"metadata"`
	Values   map[string]any  `json:"values"`
	Charts   []described     `json:"charts"`
}

func (d described) build() *chart.Chart {
	c := &chart.Chart{Metadata: d.Metadata, Values: d.Values}
	for _, sub := range d.Charts {
		c.AddDependency(sub.build())
	}
	return c
}

// left is which charts take part, and under which names.
func left(c *chart.Chart) map[string]any {
	charts := []any{}
	for _, sub := range c.Dependencies() {
		charts = append(charts, left(sub))
	}
	return map[string]any{"name": c.Name(), "charts": charts}
}

// merge puts the values "user" over those of the chart "chart" and its sub-charts.
func merge(q question) ([]byte, error) {
	text, err := json.Marshal(q.Values["chart"])
	if err != nil {
		return nil, err
	}
	var top described
	if err := json.Unmarshal(text, &top); err != nil {
		return nil, err
	}
	user, _ := q.Values["user"].(map[string]any)
	c := top.build()
	if err := chartutil.ProcessDependencies(c, user); err != nil {
		return nil, err
	}
	merged, err := util.CoalesceValues(c, user)
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{"values": merged, "left": left(c)})
}

func constraint(q question) ([]byte, error) {
	version, err := semver.NewVersion(q.Other)
	if err != nil {
		return nil, err
	}
	wanted, err := semver.NewConstraint(q.Text)
	if err != nil {
		return nil, err
	}
	return json.Marshal(wanted.Check(version))
}

func decode(q question) ([]byte, error) {
	var value any
	if err := yaml.Unmarshal([]byte(q.Text), &value); err != nil {
		return nil, err
	}
	return json.Marshal(value)
}

func match(q question) ([]byte, error) {
	pattern, err := glob.Compile(q.Text, '/')
	if err != nil {
		return nil, err
	}
	return json.Marshal(pattern.Match(q.Other))
}
