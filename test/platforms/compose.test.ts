import { createComposePlatform } from '../../platforms/compose/index.ts';
import { openProject, webProject } from './compose-project.ts';
import { contractOf } from './contract.ts';

contractOf('Docker Compose', async () => {
  const project = await openProject(webProject());
  await project.compose('up', '-d', '--wait');
  const platform = createComposePlatform({
    kind: 'compose',
    project: project.name,
    composeFile: project.file,
  });
  return {
    platform,
    service: 'web',
    file: '/www/index.html',
    close: async () => {
      await platform.close();
      await project.remove();
    },
  };
});
