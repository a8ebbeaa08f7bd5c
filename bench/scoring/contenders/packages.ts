/** What is installed for each peer, and with which Python; the only place where a version is named. */

export const pythonSeries = '3.11'

export const peerPackages = {
  azureml: ['azureml-inference-server-http==1.5.1'],
  fastapi: ['fastapi==0.165.0', 'uvicorn[standard]==0.54.0'],
  flask: ['flask==3.1.3', 'gunicorn==27.0.1'],
  mlserver: ['mlserver==1.7.1'],
  bentoml: ['bentoml==1.4.39'],
  litserve: ['litserve==0.2.19'],
  mlflow: ['mlflow==3.17.2'],
  pandas: ['pandas==2.3.3', 'numpy==2.3.5', 'inference-schema==1.8'],
} as const satisfies Record<string, readonly string[]>

export type PackageSet = keyof typeof peerPackages
