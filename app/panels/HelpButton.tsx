import { ActionIcon, Button, CloseButton, Modal } from '@mantine/core';
import { useState } from 'react';
import { openSample, sampleUrl } from '../boot.ts';
import { useLab } from '../store.ts';
import { Icon } from '../ui/Icon.tsx';
import classes from './Help.module.css';

/** What a soup is, what to drop, how to read the page. */
export function HelpButton() {
  const [opened, setOpened] = useState(false);
  const kit = useLab((state) => state.facts.kit);
  return (
    <>
      <ActionIcon variant="subtle" color="gray" onClick={() => setOpened(true)} aria-label="Help" title="Help">
        <Icon name="help" />
      </ActionIcon>
      <Modal.Root opened={opened} onClose={() => setOpened(false)} size="lg">
        <Modal.Overlay />
        <Modal.Content aria-label="How this works">
          <Modal.Body>
            <div className={classes.top}>
              <h2>How this works</h2>
              <CloseButton aria-label="Close help" onClick={() => setOpened(false)} />
            </div>
            <div className={classes.text}>
              <p>
                A <em>model soup</em> is the average of the weights of several fine-tunes of one pretrained network. It costs no more to run
                than one of them, and is often more accurate than the best. This page cooks soups in the tab and says whether yours is.
                Nothing leaves this machine.
              </p>
              <h3>What to drop</h3>
              <p>
                Two or more ONNX checkpoints of one architecture, and held-out data: <code>.npz</code> (arrays <code>x</code>,{' '}
                <code>y</code>), a pair of IDX files, or a folder or zip with one folder of images a class. A{' '}
                <code>preprocessor_config.json</code> is read if it is there. Drop a second set to keep choosing and reporting apart.
              </p>
              <h3>How to read it</h3>
              <p>
                Hollow marks are the <em>select</em> set, which chooses; solid marks are a <em>report</em> set, which only reports. Bars are
                95 % Wilson intervals. The verdict compares the soup with the best single checkpoint on the same examples (exact McNemar
                test).
              </p>
              <h3>Recipes</h3>
              <p>
                <em>Uniform</em> averages all. <em>Greedy</em> starts with the best on select and keeps each next one only if accuracy does
                not fall. <em>Weights</em> is yours to set. The <em>ensemble</em> averages the predictions of greedy’s ingredients, not
                their weights: it costs one run an ingredient and is what a soup is measured against.
              </p>
              <p className="quiet">Wortsman et al. 2022, “Model soups”, arXiv 2203.05482.</p>
              {kit === undefined ? null : (
                <>
                  <h3>The kit shown</h3>
                  <p>{kit.about}</p>
                  <p className="quiet">{kit.licence}</p>
                </>
              )}
              {kit === undefined ? (
                <Button
                  size="xs"
                  variant="default"
                  onClick={() => {
                    setOpened(false);
                    void openSample(sampleUrl('fashion'));
                  }}
                >
                  Open the sample kit instead of my files
                </Button>
              ) : null}
            </div>
          </Modal.Body>
        </Modal.Content>
      </Modal.Root>
    </>
  );
}
