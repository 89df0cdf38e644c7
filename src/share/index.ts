/** What leaves the lab and comes back: report.json, a kit's manifest, the provenance inside a soup. Everything is validated on reading. */
export { buildReport, type ReportContext } from './buildReport.ts';
export { formatTable } from './formatTable.ts';
export { type Kit, kitSchema, parseKit } from './kit.ts';
export { parseRecipe, type RecipeDocument, recipeDocument, recipeKey, recipeSchema, soupMetadata } from './provenance.ts';
export { parseReport, type Report, type ReportRow, type ReportSet, type ReportStep, reportSchema, reportVersion } from './report.ts';
export { tool } from './tool.ts';
