//! The resources of helmx: releases, charts and what stands behind them.
