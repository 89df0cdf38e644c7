import { lazy, Suspense } from 'react';
import classes from './App.module.css';
import { CheckpointsPanel } from './panels/CheckpointsPanel.tsx';
import { DropAnywhere } from './panels/DropAnywhere.tsx';
import { Header } from './panels/Header.tsx';
import { Problems } from './panels/Problems.tsx';
import { RecipePanel } from './panels/RecipePanel.tsx';
import { Restored } from './panels/Restored.tsx';
import { SetsPanel } from './panels/SetsPanel.tsx';
import { VerdictBand } from './panels/VerdictBand.tsx';

// Recharts is most of the page's script: it is asked for at once and drawn when it has come.
const chart = import('./chart/ChartPanel.tsx');
const ChartPanel = lazy(async () => ({ default: (await chart).ChartPanel }));

/** The page: the answer, then the evidence, then the controls. */
export function App() {
  return (
    <div className={classes.page}>
      <Header />
      <main className={classes.main}>
        <div className={classes.answer}>
          <VerdictBand />
          <Restored />
          <Problems />
        </div>
        <div className={classes.columns}>
          <CheckpointsPanel className={classes.checkpoints} />
          <SetsPanel className={classes.sets} />
          <div className={classes.chart}>
            <Suspense fallback={<p className={classes.waiting}>Drawing the chart …</p>}>
              <ChartPanel />
            </Suspense>
          </div>
          <RecipePanel className={classes.recipe} />
        </div>
        <DropAnywhere />
      </main>
    </div>
  );
}
